import { AppError } from '../../platform/errors.ts'

/**
 * Bytes of a GraphQL request over any transport. A document has up to 50,000 characters and a text in the
 * variables up to 80,000, of up to 4 bytes each. Anybody may send this much, and parsing it takes
 * milliseconds. Ingest takes more, with a key.
 */
export const MAX_GRAPHQL_BYTES = 256 << 10

export const variableLimits = {
  /** A filter has at most 50 conditions of 100 values. */
  values: 5_000,
  /** Characters of one text. The longest that any input takes has 20,000; four bytes each at the worst. */
  text: 80_000,
  /** Nesting of lists and objects; a filter has 4 levels. */
  depth: 12,
} as const

type Limits = { readonly values: number; readonly text: number; readonly depth: number }

const refuse = (words: string): never => {
  throw new AppError('LITERAL_TOO_LARGE', words)
}

/** Where the first text is that is no Unicode, or the object whose key is none. */
const placeOfIllFormed = (value: unknown): string[] | undefined => {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : []
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, each] of Object.entries(value)) {
    if (!key.isWellFormed()) return []
    const place = placeOfIllFormed(each)
    if (place) return [key, ...place]
  }
  return undefined
}

const check = (what: string, input: unknown, limits: Limits): void => {
  let values = 0
  const walk = (value: unknown, depth: number): void => {
    values += 1
    if (values > limits.values)
      refuse(`The ${what} hold at most ${limits.values} values. Ask in smaller parts.`)
    if (typeof value === 'string' && value.length > limits.text)
      refuse(`A text in the ${what} has at most ${limits.text} characters.`)
    if (typeof value !== 'object' || value === null) return
    if (depth > limits.depth) refuse(`The ${what} nest at most ${limits.depth} levels deep.`)
    for (const each of Object.values(value)) walk(each, depth + 1)
  }
  walk(input, 0)
}

/**
 * Throws LITERAL_TOO_LARGE for variables that no operation of this graph can need, and BAD_REQUEST for half a
 * surrogate pair in one (`"\ud83d"`): it is no Unicode, and Postgres would change it or fail. In a document the
 * parser refuses it.
 */
export const checkVariables = (variables: unknown): void => {
  check('variables', variables, variableLimits)
  const place = placeOfIllFormed(variables)
  if (place)
    throw new AppError(
      'BAD_REQUEST',
      `The variable "$${place.join('.')}" holds half of a surrogate pair, which is no Unicode.`,
    )
}

/** Nothing here reads `extensions`. They have room for what a tool adds, such as a hash of the document. */
const extensionLimits: Limits = { values: 50, text: 1_000, depth: 5 }

/** Throws LITERAL_TOO_LARGE for `extensions` of a request that exceed these limits. */
export const checkExtensions = (extensions: unknown): void => check('extensions', extensions, extensionLimits)
