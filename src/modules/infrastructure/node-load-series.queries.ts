import { z } from 'zod'
import { countBuckets, rangeOf, type Window } from '../../platform/buckets.ts'
import { bucketOf } from '../../platform/clickhouse/bucket.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { seriesOfRows, type SeriesOf } from '../../platform/clickhouse/series-rows.ts'
import { joinSql, p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import { chooseTable } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import { AppError } from '../../platform/errors.ts'
import type { TenantId } from '../../platform/ids.ts'
import { loadOf, type NodeLoadValues } from './node-load-values.ts'

export type NodeLoadSeries = SeriesOf<NodeLoadValues>

export type NodeLoadSeriesQueries = {
  /**
   * One series for each key of `nodes`, also for those without a sample, in one query; a node is of one key at
   * most. Throws LIMIT_EXCEEDED above 60,000 points, and for a range whose samples are not kept any more.
   */
  loadSeries(
    tenant: TenantId,
    ask: Window & { readonly nodes: ReadonlyMap<string, readonly string[]> },
    options?: QueryOptions,
  ): Promise<Map<string, NodeLoadSeries>>
  /** The same of all nodes together, whether or not there is such a node. */
  tenantLoad(tenant: TenantId, window: Window, options?: QueryOptions): Promise<NodeLoadSeries>
}

/** An answer has 50,000 points of series at most; a bucket is 22 numbers here, so these are 20 MB from the store. */
const MAX_POINTS_AT_ONCE = 60_000

const tables = [
  { table: 'node_samples_1h', everyMs: 3_600_000 },
  { table: 'node_samples_5m', everyMs: 300_000 },
  { table: 'node_samples', everyMs: 1_000 },
] as const
type Table = (typeof tables)[number]['table']

/** Means over samples. */
const averaged = [
  { name: sql`cpu`, column: sql`cpu_percent` },
  { name: sql`memory`, column: sql`memory_percent` },
  { name: sql`disk`, column: sql`disk_percent` },
  { name: sql`health_score`, column: sql`health_score` },
]
/** Of each node its mean, and these are added up. */
const added = [
  { name: sql`bandwidth_in`, column: sql`bandwidth_in` },
  { name: sql`bandwidth_out`, column: sql`bandwidth_out` },
  { name: sql`connections`, column: sql`connections_current` },
  { name: sql`streams`, column: sql`stream_count` },
]
const every = [...averaged, ...added]
const each = (measures: typeof every, of: (name: Sql, column: Sql) => Sql): Sql =>
  joinSql(
    measures.map(({ name, column }) => of(name, column)),
    ', ',
  )

/** A sample as a row of the rollups that has it alone: all tables are added up by one statement. */
const parts: Readonly<Record<Table, Sql>> = {
  node_samples_1h: sql`SELECT * FROM node_samples_1h`,
  node_samples_5m: sql`SELECT * FROM node_samples_5m`,
  node_samples: sql`
    SELECT node_id, time, 1 AS samples, ${each(
      every,
      (name, column) => sql`
        isNotNull(rows.${column}) AS ${name}_count, ifNull(rows.${column}, 0) AS ${name}_sum,
        rows.${column} AS ${name}_min, rows.${column} AS ${name}_max`,
    )}
    FROM node_samples AS rows`,
}

const count = whole
/** Decimals and wide numbers travel as text or numbers, by the server's settings; a mean is as near as a double is. */
const decimal = z.union([z.string(), z.number()]).transform(Number)
const most = decimal.nullable()

const row = z.object({
  subject: z.string(),
  start: count,
  whole: count,
  sample_count: count,
  node_count: count,
  cpu_count: count,
  cpu_sum: decimal,
  cpu_max: most,
  memory_count: count,
  memory_sum: decimal,
  memory_max: most,
  disk_count: count,
  disk_sum: decimal,
  disk_max: most,
  health_score_count: count,
  health_score_sum: decimal,
  health_score_min: most,
  bandwidth_in_milli: most,
  bandwidth_in_max: most,
  bandwidth_out_milli: most,
  bandwidth_out_max: most,
  connections_milli: most,
  connections_max: most,
  streams_milli: most,
  streams_max: most,
})

const ALL = ''

export const createNodeLoadSeriesQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): NodeLoadSeriesQueries => {
  const series = async (
    tenant: TenantId,
    window: Window,
    { subjects, subject, held }: { subjects: readonly string[]; subject: Sql; held: Sql },
    options?: QueryOptions,
  ): Promise<Map<string, NodeLoadSeries>> => {
    if (countBuckets(window) * subjects.length > MAX_POINTS_AT_ONCE)
      throw new AppError(
        'LIMIT_EXCEEDED',
        'These are too many points. Ask for fewer nodes or clusters, or a coarser step.',
      )
    const { table, buckets } = chooseTable(tables, window, deps.clock.now())
    const where = scoped(tenant, rangeOf(buckets), { hours: table === 'node_samples' })
    const query = defineQuery({
      name: 'infrastructure.loadSeries',
      shared: true,
      tenant,
      // Inside a row for each node, outside all nodes of a subject. Means are rounded to thousandths as whole
      // numbers before they are added: their sum is the same in whatever order. Trap: both ways of an `if` are
      // computed.
      sql: sql`
        SELECT subject, start, whole, sum(own_samples) AS sample_count, count() AS node_count,
               ${each(
                 averaged,
                 (name) => sql`
                   sum(own_${name}_count) AS ${name}_count, sum(own_${name}_sum) AS ${name}_sum,
                   min(own_${name}_min) AS ${name}_min, max(own_${name}_max) AS ${name}_max`,
               )},
               ${each(
                 added,
                 (name) => sql`
                   sum(if(own_${name}_count = 0, NULL,
                          intDiv(2000 * own_${name}_sum + own_${name}_count,
                                 2 * greatest(own_${name}_count, toInt128(1))))) AS ${name}_milli,
                   max(own_${name}_max) AS ${name}_max`,
               )}
        FROM (
          SELECT ${subject} AS subject, node_id, ${bucketOf(buckets, sql`toUnixTimestamp(time)`)} AS start,
                 grouping(start) AS whole, sum(samples) AS own_samples,
                 ${each(
                   averaged,
                   (name) => sql`
                     sum(${name}_count) AS own_${name}_count, sum(${name}_sum) AS own_${name}_sum,
                     min(${name}_min) AS own_${name}_min, max(${name}_max) AS own_${name}_max`,
                 )},
                 ${each(
                   added,
                   (name) => sql`
                     toInt128(sum(${name}_count)) AS own_${name}_count,
                     sum(toInt128(${name}_sum)) AS own_${name}_sum, max(${name}_max) AS own_${name}_max`,
                 )}
          FROM (${parts[table]} WHERE ${where} ${held})
          GROUP BY GROUPING SETS ((subject, node_id, start), (subject, node_id))
        )
        GROUP BY subject, whole, start`,
      row,
    })
    return seriesOfRows(subjects, buckets, await deps.clickHouse.query(query, options), loadOf)
  }
  return {
    loadSeries: async (tenant, { nodes, ...window }, options) => {
      const subjects = [...nodes.keys()]
      const members = Array.from(nodes, ([subject, names]) => names.map((name) => [name, subject] as const))
      const names = members.flatMap((own) => own.map(([name]) => name))
      const owners = members.flatMap((own) => own.map(([, subject]) => subject))
      // Nobody is a node of nobody: ClickHouse has no empty table of a transform.
      const subject =
        names.length === 0
          ? sql`materialize(${p.text(ALL)})`
          : sql`transform(toString(node_id), ${p.texts(names)}, ${p.texts(owners)}, ${p.text(ALL)})`
      const held = sql`AND node_id IN (${p.texts(names)})`
      return series(tenant, window, { subjects, subject, held }, options)
    },
    tenantLoad: async (tenant, window, options) => {
      const subject = sql`materialize(${p.text(ALL)})`
      return (await series(tenant, window, { subjects: [ALL], subject, held: sql`` }, options)).get(ALL)!
    },
  }
}
