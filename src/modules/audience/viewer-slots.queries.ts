import { rangeOf, type Buckets } from '../../platform/buckets.ts'
import { sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { chooseTable } from '../../platform/clickhouse/tables.ts'
import type { TenantId } from '../../platform/ids.ts'
import { instantsOf } from './viewer-instants.queries.ts'
import { MINUTE_MS } from './viewer-series.ts'
import { asked, keyColumns, type ViewerRange } from './viewer-subjects.queries.ts'

const RAW = { table: 'viewer_samples', everyMs: 1_000 } as const
/**
 * The five-minute rollup answers every step that is a multiple of it: a series is of whole buckets, so none
 * of them is cut.
 */
const tablesFor = (attribute: Sql | undefined) =>
  [{ table: 'viewer_samples_5m', everyMs: 300_000, answers: attribute === undefined }, RAW] as const

const none = sql``

/**
 * A key as one number: to group by it takes half of the time that its four texts take. Of a hundred million keys two are
 * taken for one with a chance of 1 in 10^22.
 */
const keyHash = sql`reinterpretAsUInt128(sipHash128(${keyColumns})) AS key_hash`
/** The columns of the key in a group of it; those that nobody reads cost nothing. */
const keyOfGroup = sql`any(internal_name) AS internal_name, any(country_code) AS country_code,
  any(connection_type) AS connection_type, any(node_id) AS node_id`

/**
 * One row a key and minute: its audience in thousandths of a viewer, and samples. A key's mean is rounded to
 * thousandths before keys are added up: sums of whole numbers come out the same in any order, sums of floats
 * don't. With an attribute there is a row for each of its values: the part of the key's mean that its samples
 * make, so that the parts add up to the mean.
 */
const minutesOf = {
  viewer_samples: (tenant: TenantId, ask: ViewerRange, attribute?: Sql) => sql`
    SELECT ${keyOfGroup}, slot, count() AS samples,
           ${attribute ? sql`attribute,` : none}
           ${attribute ? sql`sum(count()) OVER (PARTITION BY slot, key_hash)` : sql`samples`} AS key_samples,
           toUInt64(round(1000 * sum(viewer_count) / key_samples)) AS milli_viewers
    FROM (
      SELECT ${keyColumns}, ${keyHash}, ${attribute ? sql`${attribute} AS attribute,` : none} viewer_count,
             intDiv(toUnixTimestamp(time), 60) * 60 AS slot
      FROM viewer_samples WHERE ${asked(tenant, ask, { hours: true })}
    )
    GROUP BY slot, key_hash ${attribute ? sql`, attribute` : none}`,
  // Parts that are not merged yet hold several rows of a key and bucket: their minutes are added up here.
  viewer_samples_5m: (tenant: TenantId, ask: ViewerRange) => sql`
    SELECT ${keyOfGroup}, bucket + 60 * minute AS slot, sum(minute_count) AS samples,
           toUInt64(round(1000 * sum(minute_sum) / samples)) AS milli_viewers
    FROM (
      SELECT ${keyColumns}, ${keyHash}, toUnixTimestamp(time) AS bucket, minute, minute_count,
             minute_sums.2[indexOf(minute_sums.1, minute)] AS minute_sum
      FROM viewer_samples_5m ARRAY JOIN minute_counts.1 AS minute, minute_counts.2 AS minute_count
      WHERE ${asked(tenant, ask)}
    )
    GROUP BY slot, key_hash`,
} as const

/**
 * The audiences that a series is made of, as a statement with a row for each key and slot (the columns of the
 * key, `slot, samples, milli_viewers`), and the whole buckets that they are of; with an `attribute` one for
 * each of its values. Throws LIMIT_EXCEEDED for a range whose samples are not kept any more.
 */
export const slotsOf = (
  tenant: TenantId,
  ask: ViewerRange,
  nowMs: number,
  attribute?: Sql,
): { readonly buckets: Buckets; readonly slots: Sql } => {
  const { table, buckets } = chooseTable(tablesFor(attribute), ask, nowMs)
  const aligned = { ...ask, range: rangeOf(buckets) }
  const slots =
    ask.stepMs < MINUTE_MS
      ? instantsOf(tenant, aligned, nowMs, attribute)
      : minutesOf[table](tenant, aligned, attribute)
  return { buckets, slots }
}

/**
 * The condition of the samples themselves that are in the whole buckets of a series. Throws LIMIT_EXCEEDED for a
 * range whose samples are not kept any more.
 */
export const samplesIn = (tenant: TenantId, ask: ViewerRange, nowMs: number): Sql => {
  const range = rangeOf(chooseTable([RAW], ask, nowMs).buckets)
  return asked(tenant, { ...ask, range }, { hours: true })
}
