import { z } from 'zod'
import { NIL_UUID } from '../platform/ids.ts'
import { parseInstant } from '../platform/instant.ts'
import { digitsOf } from '../platform/json.ts'
import { isLabelName, MAX_LABEL_NAME } from '../platform/texts.ts'

/**
 * A field that is read in one step: `read` gives what is stored, or undefined for what is not `expected`. One
 * step instead of zod's chain of checks nearly halves what an item costs, and an error is always the whole
 * expectation.
 */
export const field = <T extends {}>(
  expected: string,
  read: (value: unknown) => T | undefined,
  { numeric = false, characters }: { numeric?: boolean; characters?: number } = {},
) =>
  z
    .transform((value: unknown, context): T => {
      const result = read(value)
      if (result !== undefined) return result
      context.issues.push({ code: 'custom', message: expected, input: value })
      return z.NEVER
    })
    .meta({ description: expected, numeric, characters })

/** Half a surrogate pair becomes U+FFFD: no store takes it as it is. */
export const wellFormed = (value: string): string => (value.isWellFormed() ? value : value.toWellFormed())

export const readText = (value: unknown, max: number, min = 0): string | undefined =>
  typeof value === 'string' && value.length <= max && value.length >= min ? wellFormed(value) : undefined

/** Text of a bounded length, in UTF-16 units. */
export const text = (max: number, min = 0) =>
  field(
    min === 0 ? `text of at most ${max} characters` : `text of ${min} to ${max} characters`,
    (value) => readText(value, max, min),
    { characters: max },
  )

/** A number in a range; `stored` turns it into what is kept. */
export const number = (min: number, max: number, stored = (value: number): number => value) =>
  field(
    `a number from ${min} to ${max}`,
    (value) => (typeof value === 'number' && value >= min && value <= max ? stored(value) : undefined),
    { numeric: true },
  )

const isWhole = (value: unknown, min: number, max: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max

export const whole = (min: number, max: number) =>
  field(`a whole number from ${min} to ${max}`, (value) => (isWhole(value, min, max) ? value : undefined), {
    numeric: true,
  })

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const readUuid = (value: unknown): string | undefined =>
  typeof value === 'string' && uuidShape.test(value) ? value.toLowerCase() : undefined

export const uuid = () => field('a UUID like 0198c0de-0000-7000-8000-000000000001', readUuid)

/** Names the row for ever: the same id again, within a day, is the same row. The nil UUID names nothing. */
export const eventId = () =>
  field('a UUID that is not nil', (value) => (value === NIL_UUID ? undefined : readUuid(value)))

const digits = /^\d{1,20}$/

/**
 * A count that may pass 2^53: it is kept as text of its digits then, since numbers are not exact there. `max` is
 * what the thing itself can't exceed, far below 2^64, so that sums have room.
 */
export const uint64 = (max: bigint) =>
  field(
    `a whole number from 0 to ${max}`,
    (value): number | string | undefined => {
      if (isWhole(value, 0, Number.MAX_SAFE_INTEGER)) return BigInt(value) <= max ? value : undefined
      const text = typeof value === 'string' ? value : digitsOf(value)
      return text !== undefined && digits.test(text) && BigInt(text) <= max ? text : undefined
    },
    { numeric: true },
  )

/** As text too, since some sources have only that. */
export const boolean = () =>
  field('true or false', (value): boolean | undefined => {
    if (value === true || value === 'true') return true
    return value === false || value === 'false' ? false : undefined
  })

/** A list of texts, such as tags; what is there twice is kept once. */
export const texts = ({ many, max }: { readonly many: number; readonly max: number }) =>
  field(`a list of at most ${many} texts of 1 to ${max} characters`, (value): string[] | undefined => {
    if (!Array.isArray(value) || value.length > many) return undefined
    const read = value.map((each: unknown) => readText(each, max, 1))
    return read.every((each) => each !== undefined) ? [...new Set(read)] : undefined
  })

/** Three digits after the point, as decimal columns have: a sum of them is exact. */
export const thousandth = (value: number): number => Math.round(value * 1_000) / 1_000

/** RFC 3339 text with a zone, or Unix milliseconds. Gives Unix milliseconds; a line has them as text. */
export const time = () =>
  field('RFC 3339 text like 2026-01-31T12:00:00.000Z, or whole Unix milliseconds', (value) => {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
    return typeof value === 'string' ? parseInstant(value) : undefined
  }).meta({ time: true })

/** Whether a field is a `time()`. */
export const isTime = (schema: z.ZodType): boolean => schema.meta()?.time === true

/**
 * 64 labels: more are a document, which belongs into a text; each name is a LowCardinality value for ever.
 */
const MAX_ATTRIBUTES = 64
const valueExpected = 'text of at most 1024 characters, a number or a boolean'

/** Numbers become text digit by digit. One that JSON could not hold exactly is refused, not rounded. */
const readAttribute = (value: unknown): string | undefined => {
  if (typeof value === 'string') return readText(value, 1024)
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'number') return readText(digitsOf(value), 1024)
  const exact = Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
  return exact ? String(value) : undefined
}

type AttributesOptions = {
  readonly many?: number
  /** What a name is, in words, and whether a text is one. */
  readonly names?: { readonly expected: string; readonly is: (name: string) => boolean }
}
const attributeNames = { expected: `1 to ${MAX_LABEL_NAME} characters`, is: isLabelName }

/**
 * Names that the producer chooses, with texts; numbers and booleans become text, and null is "not given".
 * Empty unless given.
 */
export const attributes = ({ many = MAX_ATTRIBUTES, names = attributeNames }: AttributesOptions = {}) => {
  const expected = `an object of at most ${many} names (${names.expected}) and texts`
  return z
    .transform((value: unknown, context): Record<string, string> => {
      const refuse = (message: string, path: string[] = []): never => {
        context.issues.push({ code: 'custom', message, input: value, path })
        return z.NEVER
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value) || digitsOf(value))
        return refuse(expected)
      const read: Record<string, string> = {}
      let count = 0
      for (const [name, given] of Object.entries(value)) {
        if (!isLabelName(name) || !names.is(name))
          return refuse(`a name of ${names.expected}, and not __proto__`, [name])
        if (given === null) continue
        const text = readAttribute(given)
        if (text === undefined) return refuse(valueExpected, [name])
        read[wellFormed(name)] = text
        if (++count > many) return refuse(`at most ${many} names`)
      }
      return read
    })
    .meta({ description: expected, numeric: false })
    .default({})
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && digitsOf(value) === undefined

/** Levels of objects and arrays; Infinity above the bound, and for a number that JSON can't write (1e400). */
const depthOf = (value: unknown, bound: number): number => {
  if (!isObject(value)) return typeof value === 'number' && !Number.isFinite(value) ? Infinity : 0
  if (bound === 0) return Infinity
  let most = 0
  for (const inner of Object.values(value)) {
    most = Math.max(most, depthOf(inner, bound - 1))
    if (most === Infinity) break
  }
  return 1 + most
}

/** Half a surrogate pair as JSON.stringify writes it; after a backslash of its own it is plain text. */
const halves = /(\\\\)|\\ud[89a-f][0-9a-f]{2}/g
const jsonOf = (value: object): string =>
  JSON.stringify(value).replaceAll(halves, (whole, backslash?: string) => (backslash ? whole : '\ufffd'))

/**
 * Of objects and arrays in an item, which is one itself. More than any field takes, so that what is a little too
 * deep is still told by the name of its field; and so few that recursion over an item is safe.
 */
export const MAX_LEVELS = 128

/**
 * A JSON object whose values keep their types, and whole numbers their digits; stored as text. `chars` bounds that
 * text, `depth` the levels of objects and arrays in it. `{}` unless given.
 */
export const document = ({ chars, depth }: { readonly chars: number; readonly depth: number }) => {
  if (depth >= MAX_LEVELS) throw new TypeError(`a document has fewer than ${MAX_LEVELS} levels`)
  return field(
    `a JSON object of at most ${chars} characters and ${depth} levels`,
    (value): string | undefined => {
      if (!isObject(value) || Array.isArray(value) || depthOf(value, depth) === Infinity) return undefined
      const text = jsonOf(value)
      return text.length <= chars ? text : undefined
    },
    { characters: chars },
  ).default('{}')
}
