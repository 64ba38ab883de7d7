import { AppError } from './errors.ts'

/** A name of the time zone database: what both Node and ClickHouse know. */
const shape = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/

/** The zone's name; UTC unless given. Throws VALIDATION_FAILED for one that there is not. */
export const requireZone = (name: string | null | undefined): string => {
  if (!name) return 'UTC'
  try {
    if (shape.test(name))
      return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  throw new AppError(
    'VALIDATION_FAILED',
    `There is no time zone "${name.slice(0, 40)}". Use a name such as Europe/Amsterdam.`,
  )
}
