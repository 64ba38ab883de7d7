/** Reads a time in the year that it must be of; undefined when it is none in any. */
export type InYear = (read: (year: number) => number | undefined) => number | undefined

const dayMs = 86_400_000
const yearOf = (ms: number): number => new Date(ms).getUTCFullYear()

const near = (aroundMs: number, read: (year: number) => number | undefined): number | undefined => {
  const middle = yearOf(aroundMs)
  const found = [middle - 1, middle, middle + 1].map(read).filter((ms) => ms !== undefined)
  return found.toSorted((a, b) => Math.abs(a - aroundMs) - Math.abs(b - aroundMs))[0]
}
/**
 * Finds the year of times that have none. The first is of `year`, or of the latest year that puts it not after
 * `notAfterMs` (a day's grace for zones). Each other is in the year that brings it nearest to the one before, so
 * a log goes on over New Year, and a line that comes a little late stays in the old one.
 */
export const createYears = (options: {
  readonly year?: number | undefined
  readonly notAfterMs?: number | undefined
}): InYear => {
  const { year, notAfterMs = Date.now() } = options
  let lastMs: number | undefined
  const first: InYear = (read) => {
    if (year !== undefined) return read(year)
    const latestMs = notAfterMs + dayMs
    // Nine, so that a 29 February is among them.
    const years = Array.from({ length: 9 }, (_, back) => yearOf(latestMs) - back)
    return years.map(read).find((ms) => ms !== undefined && ms <= latestMs)
  }
  return (read) => {
    const ms = lastMs === undefined ? first(read) : near(lastMs, read)
    lastMs = ms ?? lastMs
    return ms
  }
}
