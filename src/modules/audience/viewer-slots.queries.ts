import { p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { chooseTable } from '../../platform/clickhouse/tables.ts'
import { freshness } from '../../platform/freshness.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { MINUTE_MS } from './viewer-series.ts'

export type StreamRange = {
  readonly internalNames: readonly string[]
  readonly range: TimeRange
  /** From `chooseStep`, which bounds the number of points. */
  readonly stepMs: number
}

/**
 * The five-minute rollup answers every step that is a multiple of it: a series is of whole buckets, so none
 * of them is cut.
 */
const tables = [
  { table: 'viewer_samples_5m', everyMs: 300_000 },
  { table: 'viewer_samples', everyMs: 1_000 },
] as const

const where = (tenant: TenantId, { internalNames, range }: StreamRange, options?: { hours: boolean }): Sql =>
  sql`${scoped(tenant, range, options)} AND internal_name IN (${p.texts(internalNames)})`

const key = sql`internal_name, country_code, connection_type, node_id`

/**
 * One row a key and minute: its audience in thousandths of a viewer, and samples. A key's mean is rounded to
 * thousandths before keys are added up: sums of whole numbers come out the same in any order, sums of floats
 * don't.
 */
const minutesOf = {
  viewer_samples: (tenant: TenantId, ask: StreamRange) => sql`
    SELECT internal_name, country_code, intDiv(toUnixTimestamp(time), 60) * 60 AS slot, count() AS samples,
           toUInt64(round(1000 * sum(viewer_count) / samples)) AS milli_viewers
    FROM viewer_samples WHERE ${where(tenant, ask, { hours: true })}
    GROUP BY slot, ${key}`,
  // Parts that are not merged yet hold several rows of a key and bucket: their minutes are added up here.
  viewer_samples_5m: (tenant: TenantId, ask: StreamRange) => sql`
    SELECT internal_name, country_code, bucket + 60 * minute AS slot, sum(minute_count) AS samples,
           toUInt64(round(1000 * sum(minute_sum) / samples)) AS milli_viewers
    FROM (
      SELECT ${key}, toUnixTimestamp(time) AS bucket, minute, minute_count,
             minute_sums.2[indexOf(minute_sums.1, minute)] AS minute_sum
      FROM viewer_samples_5m ARRAY JOIN minute_counts.1 AS minute, minute_counts.2 AS minute_count
      WHERE ${where(tenant, ask)}
    )
    GROUP BY slot, ${key}`,
} as const

const seconds = (ms: number): number => Math.floor(ms / 1000)

/**
 * The same below a minute, one row a key and bucket: its latest sample at the end of the bucket (now, where it
 * still runs), if that is fresh; `samples` are those of the bucket itself. A sample counts from its own bucket
 * until the key's next one, or until it is too old.
 */
const instantsOf = (tenant: TenantId, ask: StreamRange, nowMs: number): Sql => {
  const { from, to } = ask.range
  const step = p.uInt32(seconds(ask.stepMs))
  const afterNow = p.uInt32(seconds((Math.floor(nowMs / ask.stepMs) + 1) * ask.stepMs))
  const reach = { ...ask, range: { from: new Date(from.getTime() - freshness.freshMs), to } }
  const freshUntilMs = sql`toUnixTimestamp64Milli(last_time) + ${p.uInt32(freshness.freshMs)}`
  return sql`
    SELECT internal_name, country_code,
           arrayJoin(range(greatest(own, ${p.uInt32(seconds(from.getTime()))}),
                           least(until, ${p.uInt32(seconds(to.getTime()))}), ${step})) AS slot,
           if(slot = own, own_samples, 0) AS samples, 1000 * viewers AS milli_viewers
    FROM (
      SELECT internal_name, country_code, own, own_samples, viewers,
             if(${freshUntilMs} > ${p.uInt64(nowMs)}, ${afterNow},
                toUInt32(intDiv(${freshUntilMs}, ${p.uInt32(ask.stepMs)}) * ${step})) AS stale_at,
             leadInFrame(own, 1, toUInt32(4294967295)) OVER (
               PARTITION BY ${key} ORDER BY own ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_own,
             greatest(own + ${step}, least(stale_at, next_own)) AS until
      FROM (
        SELECT ${key}, toUInt32(intDiv(toUnixTimestamp(time), ${step}) * ${step}) AS own, count() AS own_samples,
               max(time) AS last_time, toUInt64(argMax(viewer_count, (time, ingested_at, event_id))) AS viewers
        FROM viewer_samples WHERE ${where(tenant, reach, { hours: true })}
        GROUP BY own, ${key}
      )
    )`
}

/**
 * The audiences that a series is made of, as a statement with a row for each key and slot (`internal_name,
 * country_code, slot, samples, milli_viewers`), and the range of whole buckets that they are of. Throws
 * LIMIT_EXCEEDED for a range whose samples are not kept any more.
 */
export const slotsOf = (
  tenant: TenantId,
  ask: StreamRange,
  nowMs: number,
): { readonly range: TimeRange; readonly slots: Sql } => {
  const { table, range } = chooseTable(tables, ask.range, ask.stepMs, nowMs)
  const aligned = { ...ask, range }
  const slots =
    ask.stepMs < MINUTE_MS ? instantsOf(tenant, aligned, nowMs) : minutesOf[table](tenant, aligned)
  return { range, slots }
}
