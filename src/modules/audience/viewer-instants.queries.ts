import { cutBuckets, type Buckets } from '../../platform/buckets.ts'
import { p, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { freshness } from '../../platform/freshness.ts'
import type { TenantId } from '../../platform/ids.ts'
import { asked, keyColumns, seconds, type ViewerRange } from './viewer-subjects.queries.ts'
import { byArrival } from './viewers.queries.ts'

/** Place of the bucket that a time in seconds lies in; a time before the first one may not be asked for. */
const placeIn = ({ starts, stepMs, even }: Buckets, time: Sql): Sql => {
  if (even)
    return sql`toUInt32(intDiv(${time} - ${p.uInt32(seconds(starts[0]!))}, ${p.uInt32(seconds(stepMs))}))`
  const edges = p.uInt32s(starts.map(seconds))
  return sql`toUInt32(indexOf(${edges}, roundDown(${time}, ${edges})) - 1)`
}
/** Start of the bucket at a place. */
const startAt = ({ starts, stepMs, even }: Buckets, place: Sql): Sql =>
  even
    ? sql`${p.uInt32(seconds(starts[0]!))} + ${place} * ${p.uInt32(seconds(stepMs))}`
    : sql`arrayElement(${p.uInt32s(starts.map(seconds))}, ${place} + 1)`
/** How many buckets begin before a time. */
const startsBefore = ({ starts }: Buckets, ms: number): number => starts.filter((start) => start < ms).length

/**
 * The audiences of a series below a minute, one row a key and bucket: its latest sample at the end of the bucket (now,
 * where it still runs), if that is fresh; `samples` are those of the bucket itself. A sample counts from its own
 * bucket until the key's next one, or until it is too old. Buckets are counted from the first that a sample of the
 * range may be in: those of a zone need not begin at a whole step since the Unix epoch.
 */
export const instantsOf = (tenant: TenantId, ask: ViewerRange, nowMs: number, attribute?: Sql): Sql => {
  const { from, to } = ask.range
  const reach = { from: new Date(from.getTime() - freshness.freshMs), to }
  const around = cutBuckets({ ...ask, range: { ...reach, to: new Date(to.getTime() + freshness.freshMs) } })
  const [first, end, afterNow] = [from.getTime(), to.getTime(), nowMs + 1].map((ms) =>
    p.uInt32(startsBefore(around, ms)),
  )
  const freshUntilMs = sql`toUnixTimestamp64Milli(last_time) + ${p.uInt32(freshness.freshMs)}`
  const more = attribute ? sql`attribute,` : sql``
  return sql`
    SELECT ${keyColumns}, ${more}
           arrayJoin(range(greatest(own, ${first!}), least(until, ${end!}))) AS place,
           ${startAt(around, sql`place`)} AS slot,
           if(place = own, own_samples, 0) AS samples, 1000 * viewers AS milli_viewers
    FROM (
      SELECT ${keyColumns}, own, own_samples, viewers, ${more}
             if(${freshUntilMs} > ${p.uInt64(nowMs)}, ${afterNow!},
                ${placeIn(around, sql`toUInt32(intDiv(${freshUntilMs}, 1000))`)}) AS stale_at,
             leadInFrame(own, 1, toUInt32(4294967295)) OVER (
               PARTITION BY ${keyColumns} ORDER BY own ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_own,
             greatest(own + 1, least(stale_at, next_own)) AS until
      FROM (
        SELECT ${keyColumns}, ${attribute ? sql`argMax(${attribute}, ${byArrival}) AS attribute,` : sql``}
               ${placeIn(around, sql`toUnixTimestamp(time)`)} AS own, count() AS own_samples,
               max(time) AS last_time, toUInt64(argMax(viewer_count, ${byArrival})) AS viewers
        FROM viewer_samples WHERE ${asked(tenant, { ...ask, range: reach }, { hours: true })}
        GROUP BY own, ${keyColumns}
      )
    )`
}
