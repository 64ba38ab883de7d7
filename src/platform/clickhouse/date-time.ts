/**
 * A time as every ClickHouse reads it: `YYYY-MM-DD hh:mm:ss.mmm` in UTC. Trap: a bare number is milliseconds to
 * a server before 26.8 and seconds to one after, which puts the row into the year 9999.
 */
export const dateTimeText = (instant: Date): string => {
  const text = instant.toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 23)}`
}

/** Unix milliseconds of such a text. */
export const readDateTime = (text: string): number => Date.parse(`${text.slice(0, 10)}T${text.slice(11)}Z`)
