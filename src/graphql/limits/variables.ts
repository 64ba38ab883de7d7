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

/** Throws LITERAL_TOO_LARGE for variables that no operation of this graph can need. */
export const checkVariables = (variables: unknown): void => check('variables', variables, variableLimits)

/** Nothing here reads `extensions`. They have room for what a tool adds, such as a hash of the document. */
const extensionLimits: Limits = { values: 50, text: 1_000, depth: 5 }

/** Throws LITERAL_TOO_LARGE for `extensions` of a request that exceed these limits. */
export const checkExtensions = (extensions: unknown): void => check('extensions', extensions, extensionLimits)
