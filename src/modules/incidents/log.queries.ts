import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { factReads, type FactReads } from '../../platform/clickhouse/fact-reads.ts'
import { instant } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { NIL_UUID } from '../../platform/ids.ts'
import { logWhere, type LogAsk } from './log-filter.queries.ts'
import { logLevels } from './log-level.ts'

const uuidOrNull = z.string().transform((id) => (id === NIL_UUID ? null : id))

/** A line as it is read, and its shape. */
export const logColumns = sql`event_id, toUnixTimestamp64Milli(time) AS at, project_id, environment_id, service, host, level,
                message, trace_id, attributes`
export const logRow = z
  .object({
    event_id: z.string(),
    at: instant,
    project_id: uuidOrNull,
    environment_id: uuidOrNull,
    service: z.string(),
    host: z.string(),
    level: z.enum(logLevels),
    message: z.string(),
    trace_id: z.string(),
    attributes: z.record(z.string(), z.string()),
  })
  .transform((row) => ({
    eventId: row.event_id,
    time: row.at,
    projectId: row.project_id,
    environmentId: row.environment_id,
    service: row.service,
    host: row.host,
    level: row.level,
    message: row.message,
    traceId: row.trace_id,
    attributes: row.attributes,
  }))

export type LogLine = z.output<typeof logRow>

/** The list of lines. */
export type LogQueries = FactReads<LogAsk, LogLine>

export const createLogQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): LogQueries =>
  factReads({
    ...deps,
    name: 'incidents.log',
    table: 'log_events',
    select: logColumns,
    row: logRow,
    from: sql`log_events`,
    where: logWhere,
  })
