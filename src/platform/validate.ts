import type { z } from 'zod'
import { ValidationError } from './problems.ts'

type Issue = z.core.$ZodIssue

const unit = (origin: string): string =>
  origin === 'string' ? ' characters' : origin === 'array' ? ' items' : ''

/** What is wrong in words for people; a rule of our own brings its words along. */
const inWords = (issue: Issue): string => {
  if (issue.code === 'too_small')
    return issue.origin === 'string' && issue.minimum === 1
      ? 'must not be empty'
      : `at least ${issue.minimum}${unit(issue.origin)} are needed`
  if (issue.code === 'too_big') return `at most ${issue.maximum}${unit(issue.origin)} are allowed`
  if (issue.code === 'invalid_type') return `expected a value of the type ${issue.expected}`
  if (issue.code === 'unrecognized_keys') return 'there is no field of this name'
  return issue.message
}

/** Where it is: of fields that nobody knows, each. */
const pathsOf = (issue: Issue): string[][] => {
  const path = issue.path.map(String)
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path]
}

/**
 * Checks a value against a schema and answers the checked one. Throws ValidationError naming every field at
 * fault.
 */
export const validate = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.flatMap((issue) =>
    pathsOf(issue).map((path) => ({
      path,
      message: `${path.join('.') || 'The input'}: ${inWords(issue)}.`,
    })),
  )
  throw new ValidationError(errors.map(({ message }) => message).join(' '), errors[0]!.path, errors)
}

/** Only what was given: a field that is null or absent stays as it is. */
export const given = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
