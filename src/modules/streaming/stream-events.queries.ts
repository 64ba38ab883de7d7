import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import { factReads, type FactReads } from '../../platform/clickhouse/fact-reads.ts'
import { filterSql } from '../../platform/clickhouse/filter.ts'
import { instant } from '../../platform/clickhouse/query.ts'
import { scoped, sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { NIL_UUID } from '../../platform/ids.ts'
import { parseJson } from '../../platform/json.ts'
import type { TimeRange } from '../../platform/time-range.ts'

export type StreamEventAsk = { readonly filter: Filter; readonly range: TimeRange }

const uuidOrNull = z.string().transform((id) => (id === NIL_UUID ? null : id))
const eventRow = z
  .object({
    event_id: z.string(),
    at: instant,
    internal_name: z.string(),
    node_id: z.string(),
    event_type: z.string(),
    status: z.string(),
    clip_id: uuidOrNull,
    recording_id: uuidOrNull,
    progress: z.number(),
    message: z.string(),
    event_data: z.string().transform((text) => parseJson(text)?.value as object),
  })
  .transform((row) => ({
    eventId: row.event_id,
    time: row.at,
    internalName: row.internal_name,
    nodeName: row.node_id,
    eventType: row.event_type,
    status: row.status,
    clipId: row.clip_id,
    recordingId: row.recording_id,
    progress: row.progress,
    message: row.message,
    data: row.event_data,
  }))

export type StreamEvent = z.output<typeof eventRow>

const columns = {
  stream: sql`internal_name`,
  node: sql`node_id`,
  eventType: sql`event_type`,
  status: sql`status`,
}

/** What media servers told of streams, as a list. */
export const createStreamEventQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): FactReads<StreamEventAsk, StreamEvent> =>
  factReads({
    ...deps,
    name: 'streaming.event',
    table: 'stream_events',
    select: sql`event_id, toUnixTimestamp64Milli(time) AS at, internal_name, node_id, event_type, status, clip_id,
                recording_id, progress, message, event_data`,
    row: eventRow,
    from: sql`stream_events`,
    where: (tenant, { filter, range }) =>
      sql`${scoped(tenant, range, { hours: true })} AND (${filterSql(filter, columns)})`,
  })
