import { InvalidArgumentError } from 'commander'
import { AppError } from '../platform/errors.ts'
import { parseDuration } from '../platform/duration.ts'
import { isInstant, parseInstant } from '../platform/instant.ts'

const fromNow = (text: string): number => {
  try {
    return Date.now() + parseDuration(text)
  } catch (error) {
    if (error instanceof AppError) return NaN
    throw error
  }
}

/** Reads a flag that says when something ends, as a time or as a duration from now on; for commander. */
export const expiry = (text: string): Date => {
  const ms = parseInstant(text) ?? fromNow(text)
  if (isInstant(ms)) return new Date(ms)
  throw new InvalidArgumentError(
    'Expected a time as in RFC 3339, such as 2027-01-31T00:00:00Z, or a duration as in ISO 8601, such as P90D.',
  )
}
