import { IncidentSeverity } from '../../../generated/prisma/enums.ts'
import { pointsOf, seriesOf, type Buckets } from '../../platform/buckets.ts'

/** What happened to incidents in some time; times are sums, of those that were acknowledged and resolved in it. */
export type IncidentCounts = {
  readonly opened: number
  readonly acknowledged: number
  readonly resolved: number
  readonly acknowledgeSeconds: number
  readonly resolveSeconds: number
}
/** The same in one bucket, by its place in the row of buckets, of one part (a severity, the value of a label). */
export type CountedBucket = IncidentCounts & { readonly part: string; readonly bucket: number }

export type IncidentPoint = IncidentCounts & { readonly time: Date }
export type IncidentPart = IncidentCounts & {
  readonly key: string
  readonly points: readonly IncidentPoint[]
}

const none: IncidentCounts = {
  opened: 0,
  acknowledged: 0,
  resolved: 0,
  acknowledgeSeconds: 0,
  resolveSeconds: 0,
}
const sumOf = (all: readonly IncidentCounts[]): IncidentCounts =>
  all.reduce(
    (sum, each) => ({
      opened: sum.opened + each.opened,
      acknowledged: sum.acknowledged + each.acknowledged,
      resolved: sum.resolved + each.resolved,
      acknowledgeSeconds: sum.acknowledgeSeconds + each.acknowledgeSeconds,
      resolveSeconds: sum.resolveSeconds + each.resolveSeconds,
    }),
    none,
  )

const over = (buckets: Buckets, rows: readonly CountedBucket[]) => {
  const byBucket = Map.groupBy(rows, ({ bucket }) => bucket)
  const points: readonly IncidentPoint[] = pointsOf(buckets, (time) => time).map((time, index) => ({
    time,
    ...sumOf(byBucket.get(index) ?? []),
  }))
  return { ...sumOf(rows), points }
}

/** Each part over time, in this order; one without a row has a zero in each bucket. */
export const partsOf = (
  buckets: Buckets,
  rows: readonly CountedBucket[],
  keys: readonly string[],
): IncidentPart[] => {
  const byPart = Map.groupBy(rows, ({ part }) => part)
  return keys.map((key) => ({ key, ...over(buckets, byPart.get(key) ?? []) }))
}

/** Least severe first, as they are declared. */
const severities = Object.values(IncidentSeverity)

/** All parts together over time, and by severity, worst first. */
export const incidentSeriesOf = (buckets: Buckets, rows: readonly CountedBucket[]) => ({
  ...seriesOf(buckets),
  ...over(buckets, rows),
  severities: partsOf(buckets, rows, severities.toReversed()),
})
export type IncidentSeries = ReturnType<typeof incidentSeriesOf>
