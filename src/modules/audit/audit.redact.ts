/**
 * Fields that never stand in the audit log, whatever they hold. A closed list: a new secret gets its name
 * here.
 */
const secretFields = new Set([
  'key',
  'hash',
  'secret',
  'streamKey',
  'password',
  'passwordHash',
  'oldPassword',
  'currentPassword',
  'newPassword',
  'token',
  'accessToken',
  'refreshToken',
  'idToken',
  'tokenHash',
  'ticket',
  'callbackUrl',
  'code',
  'codeVerifier',
  'clientSecret',
  'authorization',
])

// A row is evidence and not a copy of the data: what is longer is cut, and says so.
const MAX_TEXT = 2_000
/** Characters of all values of a row: few have a long text, and none many. */
export const ROW_CHARACTERS = 10 * MAX_TEXT

/**
 * A value as `jsonb` can keep and give back: dates as RFC 3339, bigints as text, no U+0000 and no lone
 * surrogates, secrets replaced by "[secret]", long texts cut.
 */
export const auditValue = (value: unknown): unknown => {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') return cleanText(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(auditValue)
  if (typeof value !== 'object') return null
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([name, each]) => [cleanText(name), secretFields.has(name) ? '[secret]' : auditValue(each)]),
  )
}

/**
 * A text that Postgres keeps as it is: cut at 2,000 characters, U+0000 and lone surrogates replaced by
 * U+FFFD.
 */
export const cleanText = (text: string): string =>
  (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text)
    .toWellFormed()
    .replaceAll('\0', '\uFFFD')
