import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { factPage } from '../../platform/clickhouse/page.ts'
import { defineQuery, instant, whole } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { FactPage, PageAsk } from '../../platform/fact-page.ts'
import { NIL_UUID, type TenantId } from '../../platform/ids.ts'
import { logWhere, type LogAsk } from './log-filter.queries.ts'
import { logLevels } from './log-level.ts'

const uuidOrNull = z.string().transform((id) => (id === NIL_UUID ? null : id))

const logRow = z
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

export type LogQueries = {
  /**
   * A page of lines, newest first. Throws as ClickHouse.query, BAD_REQUEST for a cursor that isn't one, and
   * LIMIT_EXCEEDED for a range whose lines are not kept any more.
   */
  page(tenant: TenantId, ask: LogAsk, page: PageAsk, options?: QueryOptions): Promise<FactPage<LogLine>>
  /**
   * Number of lines of the filter and the range, however many there are: asked for only when someone wants
   * it.
   */
  count(tenant: TenantId, ask: LogAsk, options?: QueryOptions): Promise<number>
}

export const createLogQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): LogQueries => ({
  page: async (tenant, ask, page, options) => {
    requireKept('log_events', ask.range, deps.clock.now())
    return factPage(page, ({ within, tail }) => {
      const query = defineQuery({
        name: 'incidents.logPage',
        tenant,
        sql: sql`
          SELECT event_id, toUnixTimestamp64Milli(time) AS at, project_id, environment_id, service, host, level,
                 message, trace_id, attributes
          FROM log_events
          WHERE ${logWhere(tenant, ask)} ${within}
          ${tail}`,
        row: logRow,
      })
      return deps.clickHouse.query(query, options)
    })
  },

  async count(tenant, ask, options) {
    requireKept('log_events', ask.range, deps.clock.now())
    const query = defineQuery({
      name: 'incidents.logCount',
      tenant,
      sql: sql`SELECT count() AS lines FROM log_events WHERE ${logWhere(tenant, ask)}`,
      row: z.object({ lines: whole }),
    })
    const [row] = await deps.clickHouse.query(query, options)
    if (!row) throw new TypeError('count() answers one row')
    return row.lines
  },
})
