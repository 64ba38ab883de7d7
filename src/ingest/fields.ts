import { z } from 'zod'

/** Text of a bounded length, in UTF-16 units. Half a surrogate pair becomes U+FFFD: no store takes it as it is. */
export const text = (max: number, min = 0) => {
  const expected = min === 0 ? `text of at most ${max} characters` : `text of ${min} to ${max} characters`
  return z
    .string(expected)
    .min(min, expected)
    .max(max, expected)
    .overwrite((value) => (value.isWellFormed() ? value : value.toWellFormed()))
}

export const number = (min: number, max: number) => {
  const expected = `a number from ${min} to ${max}`
  return z.number(expected).min(min, expected).max(max, expected)
}

export const whole = (min: number, max: number) => {
  const expected = `a whole number from ${min} to ${max}`
  return z.int(expected).min(min, expected).max(max, expected)
}

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const NIL_UUID = '00000000-0000-0000-0000-000000000000'

export const uuid = () => {
  const expected = 'a UUID like 0198c0de-0000-7000-8000-000000000001'
  return z.string(expected).regex(uuidShape, expected).toLowerCase()
}

/** Names the row for ever: the same id again, within a day, is the same row. The nil UUID names nothing. */
export const eventId = () => uuid().refine((id) => id !== NIL_UUID, { error: 'a UUID that is not nil' })

const MAX_UINT64 = 2n ** 64n - 1n
const digits = /^\d{1,20}$/

/** A count above 2^53 comes as text of digits, since JSON's numbers are not exact there. Kept as it came. */
export const uint64 = () => {
  const expected = 'a whole number from 0 to 18446744073709551615, as text of digits above 9007199254740991'
  return z.union(
    [z.int().min(0), z.string().refine((value) => digits.test(value) && BigInt(value) <= MAX_UINT64)],
    expected,
  )
}

const rfc3339 = z.iso.datetime({ offset: true })

const toUnixMs = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  // Finer digits than milliseconds are cut off by Date.parse.
  return typeof value === 'string' && value.length <= 40 && rfc3339.safeParse(value).success
    ? Date.parse(value)
    : undefined
}

/** RFC 3339 text with a zone, or Unix milliseconds. Gives Unix milliseconds. */
export const time = () =>
  z.unknown().transform((value, context): number => {
    const unixMs = toUnixMs(value)
    if (unixMs !== undefined) return unixMs
    context.issues.push({
      code: 'custom',
      message: 'RFC 3339 text like 2026-01-31T12:00:00.000Z, or whole Unix milliseconds',
      input: value,
    })
    return z.NEVER
  })
