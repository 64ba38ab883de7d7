import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, instant, whole } from '../../platform/clickhouse/query.ts'
import { p, scoped, sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { inOrder, type NamesRange } from './changes.queries.ts'
import type { BufferState } from './stream-health.dataset.ts'

/** A time in which the buffer of a stream on an edge node was in one state. */
export type BufferInterval = {
  readonly nodeId: string
  readonly state: BufferState
  readonly from: Date
  /** First sample with another state; null where the window has none. */
  readonly to: Date | null
  /** To its end, or to the last sample of the window that has the state. */
  readonly seconds: number
}

export type Buffering = {
  /** Number of all intervals with a dry buffer, and their seconds. */
  readonly rebufferings: number
  readonly rebufferingSeconds: number
  /** Newest first: the `MAX_INTERVALS` newest, of all edge nodes. */
  readonly intervals: readonly BufferInterval[]
}

export type StreamHealthChangesQueries = {
  /**
   * States of the buffers in a window, for each name. A state lasts until the next sample of its stream and
   * edge node with another one, and the first of a window begins with its first sample. Throws as
   * ClickHouse.query, and LIMIT_EXCEEDED for a range whose samples are not kept any more.
   */
  buffering(tenant: TenantId, ask: NamesRange, options?: QueryOptions): Promise<Map<string, Buffering>>
}

/** One a minute for a working day. */
export const MAX_INTERVALS = 500

const table = 'stream_health_samples'
const notBuffered: Buffering = { rebufferings: 0, rebufferingSeconds: 0, intervals: [] }

const intervalRow = z.object({
  internal_name: z.string(),
  node_id: z.string(),
  state: z.enum(['FULL', 'EMPTY', 'DRY', 'RECOVER']),
  began_at: instant,
  ended_at: whole.nullable().transform((ms) => (ms === null ? null : new Date(ms))),
  lasted_ms: whole,
  dry: whole,
  dry_ms: whole,
})

export const createStreamHealthChangesQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): StreamHealthChangesQueries => {
  const whereOf = (tenant: TenantId, { internalNames, range }: NamesRange) => {
    requireKept(table, range, deps.clock.now())
    return sql`${scoped(tenant, range, { hours: true })} AND internal_name IN (${p.texts(internalNames)})`
  }
  return {
    buffering: async (tenant, ask, options) => {
      const found = new Map(ask.internalNames.map((name): [string, Buffering] => [name, notBuffered]))
      if (found.size === 0) return found
      const query = defineQuery({
        name: 'streaming.buffering',
        tenant,
        // From the inside: samples with the state before them, the first of each state, and where the next begins.
        sql: sql`
          SELECT internal_name, node_id, buffer_state AS state, toUnixTimestamp64Milli(time) AS began_at,
                 next_at AS ended_at, ifNull(next_at, last_at) - began_at AS lasted_ms,
                 countIf(state = 'DRY') OVER (PARTITION BY internal_name) AS dry,
                 sumIf(lasted_ms, state = 'DRY') OVER (PARTITION BY internal_name) AS dry_ms
          FROM (
            SELECT internal_name, node_id, event_id, buffer_state, time, last_at,
                   leadInFrame(toNullable(toUnixTimestamp64Milli(time))) OVER (
                     ${inOrder} ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_at
            FROM (
              SELECT internal_name, node_id, event_id, buffer_state, time,
                     lagInFrame(toString(buffer_state), 1, '') OVER (
                       ${inOrder} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS state_before,
                     max(toUnixTimestamp64Milli(time)) OVER (PARTITION BY internal_name, node_id) AS last_at
              FROM stream_health_samples
              WHERE ${whereOf(tenant, ask)} AND buffer_state != ''
            )
            WHERE buffer_state != state_before
          )
          ORDER BY began_at DESC, UUIDToNum(event_id) DESC
          LIMIT ${p.uInt32(MAX_INTERVALS)} BY internal_name`,
        row: intervalRow,
      })
      const rows = await deps.clickHouse.query(query, options)
      for (const [name, own] of Map.groupBy(rows, (row) => row.internal_name))
        found.set(name, {
          rebufferings: own[0]!.dry,
          rebufferingSeconds: own[0]!.dry_ms / 1_000,
          intervals: own.map(({ node_id: nodeId, state, began_at: from, ended_at: to, lasted_ms: ms }) => ({
            nodeId,
            state,
            from,
            to,
            seconds: ms / 1_000,
          })),
        })
      return found
    },
  }
}
