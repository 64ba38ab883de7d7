import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { factReads, type FactReads } from '../../platform/clickhouse/fact-reads.ts'
import { instant } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { metricWhere, type MetricAsk } from './metric-filter.queries.ts'
import { metricKinds } from './metric-kind.ts'

const pointRow = z
  .object({
    event_id: z.string(),
    at: instant,
    name: z.string(),
    kind: z.enum(metricKinds),
    unit: z.string(),
    value: z.number(),
    service: z.string(),
    host: z.string(),
    labels: z.record(z.string(), z.string()),
  })
  .transform(({ event_id: eventId, at: time, ...row }) => ({ eventId, time, ...row }))

export type MetricPoint = z.output<typeof pointRow>

/** The list of points. */
export const createMetricPointQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): FactReads<MetricAsk, MetricPoint> =>
  factReads({
    ...deps,
    name: 'metrics.point',
    table: 'metric_points',
    select: sql`event_id, toUnixTimestamp64Milli(time) AS at, name, kind, unit, value, service, host, labels`,
    row: pointRow,
    from: sql`metric_points`,
    where: (tenant, ask) => metricWhere(tenant, ask, { hours: true }),
  })
