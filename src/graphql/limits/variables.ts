import { AppError } from '../../platform/errors.ts'

export const variableLimits = {
  /** A filter of the graph has at most 50 conditions of 100 values. */
  values: 5_000,
  /** Characters of one text. The longest that any input takes has 20,000; four bytes each at the worst. */
  text: 80_000,
  /** Lists and objects inside each other; a filter nests 4 deep. */
  depth: 12,
} as const

/** Throws LITERAL_TOO_LARGE for variables that no operation of this graph can need. */
export const checkVariables = (variables: unknown): void => {
  let values = 0
  const walk = (value: unknown, depth: number): void => {
    values += 1
    if (values > variableLimits.values)
      throw new AppError(
        'LITERAL_TOO_LARGE',
        `The variables hold at most ${variableLimits.values} values. Ask in smaller parts.`,
      )
    if (typeof value === 'string') {
      if (value.length > variableLimits.text)
        throw new AppError(
          'LITERAL_TOO_LARGE',
          `A text in the variables has at most ${variableLimits.text} characters.`,
        )
      return
    }
    if (typeof value !== 'object' || value === null) return
    if (depth > variableLimits.depth)
      throw new AppError(
        'LITERAL_TOO_LARGE',
        `The variables nest at most ${variableLimits.depth} levels deep.`,
      )
    for (const each of Object.values(value)) walk(each, depth + 1)
  }
  walk(variables, 0)
}
