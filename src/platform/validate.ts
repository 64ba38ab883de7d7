import type { z } from 'zod'
import { ValidationError } from './problems.ts'

/** Checks a value against a schema and answers the checked one. Throws ValidationError naming the first field at fault. */
export const validate = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue!.path.map(String)
  throw new ValidationError(`${path.join('.') || 'The input'}: ${issue!.message}.`, path)
}
