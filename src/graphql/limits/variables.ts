import { AppError } from '../../platform/errors.ts'

// The longest text that any input takes has 20,000 characters; four bytes each at the worst.
const MAX_TEXT = 80_000
// A filter of the graph has at most 50 conditions of 100 values.
const MAX_VALUES = 5_000
const MAX_DEPTH = 12

/** Throws LITERAL_TOO_LARGE for variables that no operation of this graph can need. */
export const checkVariables = (variables: unknown): void => {
  let values = 0
  const walk = (value: unknown, depth: number): void => {
    values += 1
    if (values > MAX_VALUES)
      throw new AppError(
        'LITERAL_TOO_LARGE',
        `The variables hold at most ${MAX_VALUES} values. Ask in smaller parts.`,
      )
    if (typeof value === 'string') {
      if (value.length > MAX_TEXT)
        throw new AppError('LITERAL_TOO_LARGE', `A text in the variables has at most ${MAX_TEXT} characters.`)
      return
    }
    if (typeof value !== 'object' || value === null) return
    if (depth > MAX_DEPTH)
      throw new AppError('LITERAL_TOO_LARGE', `The variables nest at most ${MAX_DEPTH} levels deep.`)
    for (const each of Object.values(value)) walk(each, depth + 1)
  }
  walk(variables, 0)
}
