import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery } from '../../platform/clickhouse/query.ts'
import { joinSql, p, scoped, sql } from '../../platform/clickhouse/sql.ts'
import type { TenantId } from '../../platform/ids.ts'
import { logColumns, logRow, type LogLine } from './log.queries.ts'

/** Lines further away than this in time are no context. */
export const CONTEXT_MS = 3_600_000
const HOUR_MS = 3_600_000

/** Where a line stands in the log of its service and host. */
export type LogPlace = Pick<LogLine, 'eventId' | 'time' | 'service' | 'host'>
export type ContextAsk = {
  readonly before: number
  readonly after: number
  /** The one project whose lines the credential may see, if it is for one only: its UUID. */
  readonly project?: string | undefined
}

export type LogContextQueries = {
  /**
   * The lines around each of some lines: of the same service and host, oldest first, with the line itself, and at most
   * `CONTEXT_MS` away. All by one statement. Throws as ClickHouse.query.
   */
  logContext(
    tenant: TenantId,
    ask: ContextAsk,
    places: readonly LogPlace[],
    options?: QueryOptions,
  ): Promise<ReadonlyMap<string, readonly LogLine[]>>
}

/** Starts of the hours, in seconds since the Unix epoch, in which context can be. */
const hoursAround = (places: readonly LogPlace[]): number[] => [
  ...new Set(
    places.flatMap(({ time }) => {
      const [from, to] = [-CONTEXT_MS, CONTEXT_MS].map((away) =>
        Math.floor((time.getTime() + away) / HOUR_MS),
      )
      return Array.from({ length: to! - from! + 1 }, (_, nth) => ((from! + nth) * HOUR_MS) / 1_000)
    }),
  ),
]

const streamOf = ({ service, host }: LogPlace): string => JSON.stringify([service, host])

export const createLogContextQueries = (deps: { readonly clickHouse: ClickHouse }): LogContextQueries => ({
  async logContext(tenant, { before, after, project }, places, options) {
    const times = places.map(({ time }) => time.getTime())
    const range = {
      from: new Date(Math.min(...times) - CONTEXT_MS),
      to: new Date(Math.max(...times) + CONTEXT_MS + 1),
    }
    const streams = [...new Map(places.map((place) => [streamOf(place), place])).values()]
    const always = scoped(tenant, range, { hours: true })
    const held = project === undefined ? always : sql`${always} AND project_id = ${p.uuid(project)}`
    // The hours are a part of the sort key; a page may span days.
    const where = sql`${held}
      AND toStartOfHour(time) IN (SELECT toDateTime(arrayJoin(${p.uInt32s(hoursAround(places))}), 'UTC'))
      AND (${joinSql(
        streams.map(({ service, host }) => sql`(service = ${p.text(service)} AND host = ${p.text(host)})`),
        ' OR ',
      )})`
    // Ids first: what is sorted and numbered is then narrow, however long the lines are.
    const query = defineQuery({
      name: 'incidents.logContext',
      tenant,
      sql: sql`
        SELECT ${logColumns}
        FROM log_events
        WHERE ${where} AND event_id IN (
          SELECT event_id FROM (
            SELECT event_id, max(toString(event_id) IN (${p.texts(places.map(({ eventId }) => eventId))})) OVER (
              PARTITION BY service, host ORDER BY time, UUIDToNum(event_id)
              ROWS BETWEEN ${p.uInt32(after)} PRECEDING AND ${p.uInt32(before)} FOLLOWING) AS near
            FROM log_events WHERE ${where})
          WHERE near)
        ORDER BY time, UUIDToNum(event_id)`,
      row: logRow,
    })
    const found = Map.groupBy(await deps.clickHouse.query(query, options), streamOf)
    return new Map(
      places.map((place) => {
        const lines = found.get(streamOf(place)) ?? []
        const at = lines.findIndex(({ eventId }) => eventId === place.eventId)
        const around = at < 0 ? [] : lines.slice(Math.max(0, at - before), at + after + 1)
        const away = ({ time }: LogLine): number => Math.abs(time.getTime() - place.time.getTime())
        return [place.eventId, around.filter((line) => away(line) <= CONTEXT_MS)]
      }),
    )
  },
})
