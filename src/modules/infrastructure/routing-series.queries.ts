import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import {
  countedSeries,
  type CountedGroup,
  type CountedSeries,
  type CountedSeriesQueries,
} from '../../platform/clickhouse/counted-series.ts'
import { whole } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { outcome, routingWhere, type RoutingAsk } from './routing-filter.queries.ts'

export { OF_ALL } from '../../platform/clickhouse/counted-series.ts'

/** What is counted of decisions. */
export type RoutingCounts = {
  readonly decisions: number
  readonly succeeded: number
  /** Of those that say it; null where none does. In kilometres. */
  readonly averageDistanceKm: number | null
  readonly averageScore: number | null
}
export type RoutingBy = 'node' | 'country' | 'stream' | 'status'
export type RoutingSeries = CountedSeries<RoutingCounts>
export type RoutingGroup = CountedGroup<RoutingCounts>

const mean = z.union([z.string(), z.number()]).transform(Number).nullable()

const countedRow = z
  .object({ decision_count: whole, success_count: whole, mean_distance: mean, mean_score: mean })
  .transform((row) => ({
    counts: {
      decisions: row.decision_count,
      succeeded: row.success_count,
      averageDistanceKm: row.mean_distance,
      averageScore: row.mean_score,
    } satisfies RoutingCounts,
  }))

/** Sums of decimals are exact, so a mean is the same however rows are stored. */
const meanOf = (column: 'distance_km' | 'score') =>
  column === 'score'
    ? sql`if(count(score) = 0, NULL, toFloat64(sum(score)) / count(score))`
    : sql`if(count(distance_km) = 0, NULL, toFloat64(sum(distance_km)) / count(distance_km))`

/** Of each of some edge nodes, by their slugs, or of all. From raw rows: who routes, routes a person and not a sample. */
export const createRoutingSeriesQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): CountedSeriesQueries<RoutingAsk, RoutingCounts, RoutingBy> =>
  countedSeries({
    ...deps,
    name: 'infrastructure.routing',
    tables: [{ table: 'routing_events', everyMs: 1_000 }],
    counted: {
      routing_events: sql`
        count() AS decision_count, countIf(${outcome} = 'succeeded') AS success_count,
        ${meanOf('distance_km')} AS mean_distance, ${meanOf('score')} AS mean_score
        FROM routing_events`,
    },
    row: countedRow,
    none: { decisions: 0, succeeded: 0, averageDistanceKm: null, averageScore: null },
    key: sql`selected_node`,
    by: {
      node: sql`selected_node`,
      country: sql`client_country`,
      stream: sql`internal_name`,
      status: sql`status`,
    },
    order: sql`decision_count DESC`,
    where: routingWhere,
  })
