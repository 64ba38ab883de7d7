import { z } from 'zod'
import { NIL_UUID } from '../platform/ids.ts'

/**
 * A field that is read in one step: `read` gives what is stored, or undefined for what is not `expected`. One
 * step instead of zod's chain of checks nearly halves what an item costs, and an error is always the whole
 * expectation.
 */
export const field = <T extends {}>(expected: string, read: (value: unknown) => T | undefined) =>
  z
    .transform((value: unknown, context): T => {
      const result = read(value)
      if (result !== undefined) return result
      context.issues.push({ code: 'custom', message: expected, input: value })
      return z.NEVER
    })
    .describe(expected)

/** Half a surrogate pair becomes U+FFFD: no store takes it as it is. */
export const wellFormed = (value: string): string => (value.isWellFormed() ? value : value.toWellFormed())

export const readText = (value: unknown, max: number, min = 0): string | undefined =>
  typeof value === 'string' && value.length <= max && value.length >= min ? wellFormed(value) : undefined

/** Text of a bounded length, in UTF-16 units. */
export const text = (max: number, min = 0) =>
  field(min === 0 ? `text of at most ${max} characters` : `text of ${min} to ${max} characters`, (value) =>
    readText(value, max, min),
  )

/** A number in a range; `stored` turns it into what is kept. */
export const number = (min: number, max: number, stored = (value: number): number => value) =>
  field(`a number from ${min} to ${max}`, (value) =>
    typeof value === 'number' && value >= min && value <= max ? stored(value) : undefined,
  )

const isWhole = (value: unknown, min: number, max: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max

export const whole = (min: number, max: number) =>
  field(`a whole number from ${min} to ${max}`, (value) => (isWhole(value, min, max) ? value : undefined))

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const readUuid = (value: unknown): string | undefined =>
  typeof value === 'string' && uuidShape.test(value) ? value.toLowerCase() : undefined

export const uuid = () => field('a UUID like 0198c0de-0000-7000-8000-000000000001', readUuid)

/** Names the row for ever: the same id again, within a day, is the same row. The nil UUID names nothing. */
export const eventId = () =>
  field('a UUID that is not nil', (value) => (value === NIL_UUID ? undefined : readUuid(value)))

const MAX_UINT64 = 2n ** 64n - 1n
const digits = /^\d{1,20}$/

/** A count above 2^53 comes as text of digits, since JSON's numbers are not exact there. Kept as it came. */
export const uint64 = () =>
  field(
    'a whole number from 0 to 18446744073709551615, as text of digits above 9007199254740991',
    (value): number | string | undefined => {
      if (isWhole(value, 0, Number.MAX_SAFE_INTEGER)) return value
      return typeof value === 'string' && digits.test(value) && BigInt(value) <= MAX_UINT64
        ? value
        : undefined
    },
  )

const rfc3339 = z.iso.datetime({ offset: true })

/** RFC 3339 text with a zone, or Unix milliseconds. Gives Unix milliseconds. */
export const time = () =>
  field('RFC 3339 text like 2026-01-31T12:00:00.000Z, or whole Unix milliseconds', (value) => {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
    // Finer digits than milliseconds are cut off by Date.parse.
    return typeof value === 'string' && value.length <= 40 && rfc3339.safeParse(value).success
      ? Date.parse(value)
      : undefined
  })

/**
 * 64 labels: more are a document, which belongs into a text; each name is a LowCardinality value for ever.
 */
const MAX_ATTRIBUTES = 64
const names = z.string().min(1).max(128).overwrite(wellFormed)
const attributeValue = field('text of at most 1024 characters, a number or a boolean', (value) =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : readText(value, 1024),
)
const attributesExpected = 'an object of names (1 to 128 characters) and texts'

/** Names that the producer chooses, with texts; numbers and booleans become text. Empty unless given. */
export const attributes = () =>
  z
    .record(names, attributeValue, attributesExpected)
    .refine((map) => Object.keys(map).length <= MAX_ATTRIBUTES, {
      error: `at most ${MAX_ATTRIBUTES} attributes`,
    })
    .describe(`${attributesExpected}, at most ${MAX_ATTRIBUTES}`)
    .default({})

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Levels of objects and arrays, counted to one above the bound. */
const depthOf = (value: unknown, bound: number): number =>
  !isObject(value) || bound < 0
    ? 0
    : 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner, bound - 1)))

/**
 * A JSON object whose values keep their types; stored as text. `chars` bounds that text, `depth` the levels of
 * objects and arrays in it. `{}` unless given.
 */
export const document = ({ chars, depth }: { readonly chars: number; readonly depth: number }) =>
  field(`a JSON object of at most ${chars} characters and ${depth} levels`, (value): string | undefined => {
    if (!isObject(value) || Array.isArray(value) || depthOf(value, depth) > depth) return undefined
    const text = JSON.stringify(value)
    return text.length <= chars ? text : undefined
  }).default('{}')
