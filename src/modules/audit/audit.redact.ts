import { createHash } from 'node:crypto'

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

/** Fields in which people name what is in them, and filters: a label may be called `code` and is no secret. */
const namedByPeople = new Set(['labels', 'annotations', 'metadata', 'filter', 'outOf'])

// A row is evidence and not a copy of the data: what is longer is cut, and says so.
const MAX_TEXT = 2_000
/** Characters of all values of a row: few have a long text, and none many. */
export const ROW_CHARACTERS = 10 * MAX_TEXT

type Written = { readonly text: (text: string) => string; readonly isSecret: (name: string) => boolean }

/** A value of JSON: dates as RFC 3339, bigints as text. */
const jsonOf = (value: unknown, written: Written): unknown => {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') return written.text(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map((each) => jsonOf(each, written))
  if (typeof value !== 'object') return null
  const named = (name: string): Written =>
    namedByPeople.has(name) ? { ...written, isSecret: () => false } : written
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([name, each]) => [
        written.text(name),
        written.isSecret(name) ? '[secret]' : jsonOf(each, named(name)),
      ]),
  )
}

/** As it is, secrets too: to tell whether it changed, and to be written nowhere. */
export const wholeValue = (value: unknown): unknown =>
  jsonOf(value, { text: (text) => text, isSecret: () => false })

/**
 * A value as `jsonb` can keep and give back: no U+0000 and no lone surrogates, secrets replaced by "[secret]", long
 * texts cut.
 */
export const auditValue = (value: unknown): unknown =>
  jsonOf(value, { text: cleanText, isSecret: (name) => secretFields.has(name) })

/** Of two texts that differ past the cut it tells that they do, and proves which one it was. */
const cut = (text: string): string => {
  const digest = createHash('sha256').update(text).digest('hex')
  return `${text.slice(0, MAX_TEXT)}… (${text.length} characters, SHA-256 ${digest})`
}

/**
 * A text that Postgres keeps as it is: cut at 2,000 characters, U+0000 and lone surrogates replaced by
 * U+FFFD.
 */
export const cleanText = (text: string): string =>
  (text.length > MAX_TEXT ? cut(text) : text).toWellFormed().replaceAll('\0', '\uFFFD')
