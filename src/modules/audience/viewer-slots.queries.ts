import { rangeOf, type Buckets, type Window } from '../../platform/buckets.ts'
import { filterSql } from '../../platform/clickhouse/filter.ts'
import { joinSql, p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { chooseTable } from '../../platform/clickhouse/tables.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { freshness } from '../../platform/freshness.ts'
import type { TenantId } from '../../platform/ids.ts'
import { MINUTE_MS } from './viewer-series.ts'
import { byArrival } from './viewers.queries.ts'

/**
 * Whose viewers are asked for: those of each stream named, those of each since a time of its own, or those of all
 * samples of a filter together.
 */
export type ViewerSubjects =
  | { readonly internalNames: readonly string[] }
  | { readonly since: ReadonlyMap<string, Date> }
  | { readonly filter: Filter }

/** The step comes from `chooseStep`, which bounds the number of points. */
export type ViewerRange = Window & ViewerSubjects

/** What answers are found by: the names, or the one name of all together. */
export const TOGETHER = ''
export const subjectsOf = (ask: ViewerSubjects): readonly string[] => {
  if ('filter' in ask) return [TOGETHER]
  return 'since' in ask ? [...ask.since.keys()] : ask.internalNames
}
/** The column of it. */
export const subjectOf = (ask: ViewerSubjects): Sql =>
  'filter' in ask ? sql`'' AS subject` : sql`internal_name AS subject`

const RAW = { table: 'viewer_samples', everyMs: 1_000 } as const
/**
 * The five-minute rollup answers every step that is a multiple of it: a series is of whole buckets, so none
 * of them is cut.
 */
const tablesFor = (attribute: Sql | undefined) =>
  [{ table: 'viewer_samples_5m', everyMs: 300_000, answers: attribute === undefined }, RAW] as const

/** What a filter can ask of a sample: the columns of its key, which the rollups have too. */
const columns = {
  internalName: sql`internal_name`,
  countryCode: sql`country_code`,
  edgeNodeSlug: sql`node_id`,
  connectionType: sql`connection_type`,
}

const seconds = (ms: number): number => Math.floor(ms / 1000)

/** The buckets of each stream from its own time on, by the sort key of the rollup; its minutes are cut by `sinceOf`. */
const eachSince = (since: ReadonlyMap<string, Date>, everyMs: number): Sql =>
  joinSql(
    Array.from(since, ([name, time]) => {
      const bucket = new Date(Math.floor(time.getTime() / everyMs) * everyMs)
      return sql`(internal_name = ${p.text(name)} AND time >= ${p.dateTime(bucket)})`
    }),
    ' OR ',
  )

/** The second from which the stream of a row is asked for. */
export const sinceOf = (since: ReadonlyMap<string, Date>): Sql => {
  const starts = Array.from(since.values(), (time) => seconds(time.getTime()))
  return sql`arrayElement(${p.uInt32s(starts)}, indexOf(${p.texts([...since.keys()])}, internal_name))`
}

const where = (tenant: TenantId, ask: ViewerRange, options?: { hours: boolean }): Sql => {
  const held =
    'filter' in ask
      ? filterSql(ask.filter, columns)
      : 'since' in ask
        ? eachSince(ask.since, ask.stepMs)
        : sql`internal_name IN (${p.texts(ask.internalNames)})`
  return sql`${scoped(tenant, ask.range, options)} AND (${held})`
}

/** The columns of a sample's key. */
export const keyColumns = sql`internal_name, country_code, connection_type, node_id`
const key = keyColumns
const none = sql``

/**
 * A key as one number: to group by it takes half of the time that its four texts take. Of a hundred million keys two are
 * taken for one with a chance of 1 in 10^22.
 */
const keyHash = sql`reinterpretAsUInt128(sipHash128(${key})) AS key_hash`
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
      SELECT ${key}, ${keyHash}, ${attribute ? sql`${attribute} AS attribute,` : none} viewer_count,
             intDiv(toUnixTimestamp(time), 60) * 60 AS slot
      FROM viewer_samples WHERE ${where(tenant, ask, { hours: true })}
    )
    GROUP BY slot, key_hash ${attribute ? sql`, attribute` : none}`,
  // Parts that are not merged yet hold several rows of a key and bucket: their minutes are added up here.
  viewer_samples_5m: (tenant: TenantId, ask: ViewerRange) => sql`
    SELECT ${keyOfGroup}, bucket + 60 * minute AS slot, sum(minute_count) AS samples,
           toUInt64(round(1000 * sum(minute_sum) / samples)) AS milli_viewers
    FROM (
      SELECT ${key}, ${keyHash}, toUnixTimestamp(time) AS bucket, minute, minute_count,
             minute_sums.2[indexOf(minute_sums.1, minute)] AS minute_sum
      FROM viewer_samples_5m ARRAY JOIN minute_counts.1 AS minute, minute_counts.2 AS minute_count
      WHERE ${where(tenant, ask)}
    )
    GROUP BY slot, key_hash`,
} as const

/**
 * The same below a minute, one row a key and bucket: its latest sample at the end of the bucket (now, where it
 * still runs), if that is fresh; `samples` are those of the bucket itself. A sample counts from its own bucket
 * until the key's next one, or until it is too old.
 */
const instantsOf = (tenant: TenantId, ask: ViewerRange, nowMs: number, attribute?: Sql): Sql => {
  const { from, to } = ask.range
  const step = p.uInt32(seconds(ask.stepMs))
  const afterNow = p.uInt32(seconds((Math.floor(nowMs / ask.stepMs) + 1) * ask.stepMs))
  const reach = { ...ask, range: { from: new Date(from.getTime() - freshness.freshMs), to } }
  const freshUntilMs = sql`toUnixTimestamp64Milli(last_time) + ${p.uInt32(freshness.freshMs)}`
  const more = attribute ? sql`attribute,` : none
  return sql`
    SELECT ${key}, ${more}
           arrayJoin(range(greatest(own, ${p.uInt32(seconds(from.getTime()))}),
                           least(until, ${p.uInt32(seconds(to.getTime()))}), ${step})) AS slot,
           if(slot = own, own_samples, 0) AS samples, 1000 * viewers AS milli_viewers
    FROM (
      SELECT ${key}, own, own_samples, viewers, ${more}
             if(${freshUntilMs} > ${p.uInt64(nowMs)}, ${afterNow},
                toUInt32(intDiv(${freshUntilMs}, ${p.uInt32(ask.stepMs)}) * ${step})) AS stale_at,
             leadInFrame(own, 1, toUInt32(4294967295)) OVER (
               PARTITION BY ${key} ORDER BY own ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_own,
             greatest(own + ${step}, least(stale_at, next_own)) AS until
      FROM (
        SELECT ${key}, ${attribute ? sql`argMax(${attribute}, ${byArrival}) AS attribute,` : none}
               toUInt32(intDiv(toUnixTimestamp(time), ${step}) * ${step}) AS own, count() AS own_samples,
               max(time) AS last_time, toUInt64(argMax(viewer_count, ${byArrival})) AS viewers
        FROM viewer_samples WHERE ${where(tenant, reach, { hours: true })}
        GROUP BY own, ${key}
      )
    )`
}

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
  return where(tenant, { ...ask, range }, { hours: true })
}
