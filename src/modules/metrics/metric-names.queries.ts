import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, instant, whole } from '../../platform/clickhouse/query.ts'
import { p, sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { metricWhere, type MetricAsk } from './metric-filter.queries.ts'
import { metricKinds } from './metric-kind.ts'

const nameRow = z
  .object({
    name: z.string(),
    kind: z.enum(metricKinds),
    unit: z.string(),
    all_points: whole,
    series: whole,
    seen: instant,
  })
  .transform(({ all_points: points, seen: lastSeenAt, ...row }) => ({ ...row, points, lastSeenAt }))
export type MetricName = z.output<typeof nameRow>

export type MetricLabelValue = { readonly value: string; readonly points: number }
export type MetricLabel = {
  readonly name: string
  readonly points: number
  /** Number of different ones. */
  readonly valueCount: number
  /** Most points first. */
  readonly values: readonly MetricLabelValue[]
}

export type MetricNameQueries = {
  /**
   * Names with their kind and unit, most points first, in the minutes that the range touches. Throws as
   * ClickHouse.query, and LIMIT_EXCEEDED for a range whose minutes are not kept any more.
   */
  names(
    tenant: TenantId,
    ask: MetricAsk & { readonly first: number },
    options?: QueryOptions,
  ): Promise<readonly MetricName[]>
  /**
   * What points can be told apart by: service, host and labels by name, the `most` first of them by the alphabet,
   * each with its `first` values. Throws as `names`.
   */
  labels(
    tenant: TenantId,
    ask: MetricAsk & { readonly first: number; readonly most: number },
    options?: QueryOptions,
  ): Promise<readonly MetricLabel[]>
}

const MINUTE_MS = 60_000
/** The whole minutes that a range touches: the rollup knows no less. */
const minutesOf = ({ from, to }: TimeRange): TimeRange => ({
  from: new Date(Math.floor(from.getTime() / MINUTE_MS) * MINUTE_MS),
  to: new Date(Math.ceil(to.getTime() / MINUTE_MS) * MINUTE_MS),
})

const labelRow = z.object({
  label: z.string(),
  label_value: z.string(),
  value_points: whole,
  label_points: whole,
  label_values: whole,
})

export const createMetricNameQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): MetricNameQueries => {
  const held = (tenant: TenantId, ask: MetricAsk) => {
    requireKept('metric_points_1m', ask.range, deps.clock.now())
    return metricWhere(tenant, { ...ask, range: minutesOf(ask.range) }, { hours: false })
  }
  return {
    names: async (tenant, ask, options) => {
      const query = defineQuery({
        name: 'metrics.names',
        shared: true,
        tenant,
        sql: sql`
          SELECT name, kind, unit, sum(points) AS all_points, uniqExact(series_id) AS series,
                 toUnixTimestamp64Milli(max(last_time)) AS seen
          FROM metric_points_1m
          WHERE ${held(tenant, ask)}
          GROUP BY name, kind, unit
          ORDER BY all_points DESC, name, kind, unit LIMIT ${p.uInt32(ask.first)}`,
        row: nameRow,
      })
      return deps.clickHouse.query(query, options)
    },

    labels: async (tenant, ask, options) => {
      const query = defineQuery({
        name: 'metrics.labels',
        shared: true,
        tenant,
        sql: sql`
          SELECT label, label_value, value_points, label_points, label_values
          FROM (
            SELECT label, label_value, sum(points) AS value_points,
                   sum(value_points) OVER (PARTITION BY label) AS label_points,
                   count() OVER (PARTITION BY label) AS label_values,
                   dense_rank() OVER (ORDER BY label) AS nth
            FROM (
              SELECT points, arrayJoin(arrayConcat(
                       [('service', toString(service)), ('host', toString(host))],
                       arrayZip(mapKeys(labels), mapValues(labels)))) AS pair,
                     pair.1 AS label, pair.2 AS label_value
              FROM metric_points_1m
              WHERE ${held(tenant, ask)}
            )
            WHERE label_value != ''
            GROUP BY label, label_value
          )
          WHERE nth <= ${p.uInt32(ask.most)}
          ORDER BY label, value_points DESC, label_value
          LIMIT ${p.uInt32(ask.first)} BY label`,
        row: labelRow,
      })
      const rows = await deps.clickHouse.query(query, options)
      return Array.from(
        Map.groupBy(rows, ({ label }) => label),
        ([name, own]) => ({
          name,
          points: own[0]!.label_points,
          valueCount: own[0]!.label_values,
          values: own.map(({ label_value: value, value_points: points }) => ({ value, points })),
        }),
      )
    },
  }
}
