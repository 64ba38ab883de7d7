import { AppError } from '../../platform/errors.ts'

/**
 * Bytes of a GraphQL request over any transport. A document has 50,000 characters and a text in the variables 80,000, of up to 4
 * bytes; parsing as much JSON as this takes milliseconds, and anybody may send it. Ingest takes more at once, with a key.
 */
export const MAX_GRAPHQL_BYTES = 256 << 10

export const variableLimits = {
  /** A filter of the graph has at most 50 conditions of 100 values. */
  values: 5_000,
  /** Characters of one text. The longest that any input takes has 20,000; four bytes each at the worst. */
  text: 80_000,
  /** Lists and objects inside each other; a filter nests 4 deep. */
  depth: 12,
} as const

type Limits = { readonly values: number; readonly text: number; readonly depth: number }

const refuse = (words: string): never => {
  throw new AppError('LITERAL_TOO_LARGE', words)
}

const check = (what: string, given: unknown, limits: Limits): void => {
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
  walk(given, 0)
}

/** Throws LITERAL_TOO_LARGE for variables that no operation of this graph can need. */
export const checkVariables = (variables: unknown): void => check('variables', variables, variableLimits)

/** What clients send beside an operation is for nobody here: room for the marks of a tool, such as a hash of the document. */
const extensionLimits: Limits = { values: 50, text: 1_000, depth: 5 }

/** Throws LITERAL_TOO_LARGE for the `extensions` of a request that are more than a few marks. */
export const checkExtensions = (extensions: unknown): void => check('extensions', extensions, extensionLimits)
