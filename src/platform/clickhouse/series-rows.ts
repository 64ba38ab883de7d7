import { pointsOf, seriesOf, type Buckets, type Window } from '../buckets.ts'
import type { TimeRange } from '../time-range.ts'

/** A row of `GROUP BY GROUPING SETS ((subject, start), (subject))`: of a bucket, or of the whole window. */
export type SeriesRow<Sums> = Sums & {
  readonly subject: string
  readonly start: number
  readonly whole: number
}
/** A point for every bucket. `from` and `to` are the asked range in whole buckets. */
export type SeriesOf<Values> = TimeRange &
  Omit<Window, 'range'> &
  Values & { readonly points: readonly (Values & { readonly time: Date })[] }

/** Such rows as one series for each subject, also for those without a row. */
export const seriesOfRows = <Sums, Values extends object>(
  subjects: readonly string[],
  buckets: Buckets,
  rows: readonly SeriesRow<Sums>[],
  valuesOf: (sums: Sums | undefined) => Values,
): Map<string, SeriesOf<Values>> => {
  const totals = new Map<string, Sums>()
  const found = new Map<string, Map<number, Sums>>(subjects.map((subject) => [subject, new Map()]))
  for (const row of rows) {
    if (row.whole) totals.set(row.subject, row)
    else found.get(row.subject)?.set(row.start * 1_000, row)
  }
  return new Map(
    subjects.map((subject) => [
      subject,
      {
        ...seriesOf(buckets),
        ...valuesOf(totals.get(subject)),
        points: pointsOf(buckets, (time) => ({
          time,
          ...valuesOf(found.get(subject)?.get(time.getTime())),
        })),
      },
    ]),
  )
}
