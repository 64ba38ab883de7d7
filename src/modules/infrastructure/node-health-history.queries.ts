import { z } from 'zod'
import { EdgeNodeHealth, type EdgeNodeHealth as Health } from '../../../generated/prisma/enums.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, instant, whole } from '../../platform/clickhouse/query.ts'
import { p, scoped, sql } from '../../platform/clickhouse/sql.ts'
import { requireKept } from '../../platform/clickhouse/tables.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { FIRST_SCORE, HEALTHY_FROM, UNHEALTHY_BELOW } from './edge-node.rules.ts'
import { STALE_MS } from './silence.rules.ts'

export type HistoryRange = { readonly nodeNames: readonly string[]; readonly range: TimeRange }

/** A time in which a node was in one state of health. */
export type HealthInterval = {
  readonly health: Health
  readonly from: Date
  /** When it became another; null where it did not in the window. */
  readonly to: Date | null
  /** To its end, or to the end of the window. */
  readonly seconds: number
}

export type HealthHistory = {
  /** How often its health became another. */
  readonly changes: number
  readonly healthySeconds: number
  readonly degradedSeconds: number
  readonly unhealthySeconds: number
  readonly staleSeconds: number
  /** Newest first: the `MAX_INTERVALS` newest. */
  readonly intervals: readonly HealthInterval[]
}

export type NodeHealthHistoryQueries = {
  /**
   * What the samples of a window say of the health of each node, by the rule of `edge-node.rules.ts` and in the
   * order of their times: what came late counts where it belongs. The first interval of a window begins with
   * its first sample. Throws as ClickHouse.query, and LIMIT_EXCEEDED for a range whose samples are not kept any
   * more.
   */
  healthHistory(
    tenant: TenantId,
    ask: HistoryRange,
    options?: QueryOptions,
  ): Promise<Map<string, HealthHistory>>
}

/** One a minute for a working day. */
export const MAX_INTERVALS = 500

const table = 'node_samples'
/** What one node says in the order of its times, the same whenever it was stored. */
const inOrder = sql`PARTITION BY node_id ORDER BY at, id`
const after = sql`${inOrder} ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING`
const before = sql`${inOrder} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW`

const neverHeard: HealthHistory = {
  changes: 0,
  healthySeconds: 0,
  degradedSeconds: 0,
  unhealthySeconds: 0,
  staleSeconds: 0,
  intervals: [],
}

const row = z.object({
  node_id: z.string(),
  health: z.enum(EdgeNodeHealth),
  began_at: instant,
  ended_at: whole.nullable().transform((ms) => (ms === null ? null : new Date(ms))),
  lasted_ms: whole,
  all: whole,
  healthy_ms: whole,
  degraded_ms: whole,
  unhealthy_ms: whole,
  stale_ms: whole,
})

export const createNodeHealthHistoryQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): NodeHealthHistoryQueries => ({
  healthHistory: async (tenant, { nodeNames, range }, options) => {
    const nowMs = deps.clock.now()
    requireKept(table, range, nowMs)
    const found = new Map(nodeNames.map((name): [string, HealthHistory] => [name, neverHeard]))
    // Nothing is said of what is still to come.
    const endMs = Math.min(range.to.getTime(), nowMs)
    if (found.size === 0 || endMs <= range.from.getTime()) return found
    const end = sql`toInt64(${p.uInt64(endMs)})`
    const stale = p.uInt32(STALE_MS)
    const query = defineQuery({
      name: 'infrastructure.healthHistory',
      tenant,
      // From the inside: samples with the last score that was said; each with its health and when the next one
      // comes; a step for it, and one for the silence that follows it; the first step of each state.
      sql: sql`
        SELECT node_id, health, at AS began_at, next_at AS ended_at, ifNull(next_at, ${end}) - at AS lasted_ms,
               count() OVER (PARTITION BY node_id) AS all,
               sumIf(lasted_ms, health = 'HEALTHY') OVER (PARTITION BY node_id) AS healthy_ms,
               sumIf(lasted_ms, health = 'DEGRADED') OVER (PARTITION BY node_id) AS degraded_ms,
               sumIf(lasted_ms, health = 'UNHEALTHY') OVER (PARTITION BY node_id) AS unhealthy_ms,
               sumIf(lasted_ms, health = 'STALE') OVER (PARTITION BY node_id) AS stale_ms
        FROM (
          SELECT node_id, id, at, health, leadInFrame(toNullable(at)) OVER (${after}) AS next_at
          FROM (
            SELECT node_id, id, step.1 AS at, step.2 AS health,
                   lagInFrame(health, 1, '') OVER (${before}) AS health_before
            FROM (
              SELECT node_id, id,
                     arrayJoin(if(ifNull(next_at, ${end}) - at > ${stale},
                                  [(at, own_health), (at + ${stale}, 'STALE')], [(at, own_health)])) AS step
              FROM (
                SELECT node_id, id, at,
                       multiIf(score < ${p.uInt32(UNHEALTHY_BELOW)} OR said_healthy = 0, 'UNHEALTHY',
                               score >= ${p.uInt32(HEALTHY_FROM)}, 'HEALTHY', 'DEGRADED') AS own_health,
                       leadInFrame(toNullable(at)) OVER (${after}) AS next_at
                FROM (
                  SELECT node_id, UUIDToNum(event_id) AS id, toUnixTimestamp64Milli(time) AS at,
                         ifNull(toUInt8(is_healthy), 1) AS said_healthy,
                         ifNull(anyLast(health_score) OVER (${before}), ${p.uInt32(FIRST_SCORE)}) AS score
                  FROM node_samples
                  WHERE ${scoped(tenant, { from: range.from, to: new Date(endMs) }, { hours: true })}
                    AND node_id IN (${p.texts(nodeNames)})
                )
              )
            )
          )
          WHERE health != health_before
        )
        ORDER BY began_at DESC, id DESC
        LIMIT ${p.uInt32(MAX_INTERVALS)} BY node_id`,
      row,
    })
    for (const [name, own] of Map.groupBy(
      await deps.clickHouse.query(query, options),
      ({ node_id }) => node_id,
    )) {
      const { all, healthy_ms, degraded_ms, unhealthy_ms, stale_ms } = own[0]!
      found.set(name, {
        changes: all - 1,
        healthySeconds: healthy_ms / 1_000,
        degradedSeconds: degraded_ms / 1_000,
        unhealthySeconds: unhealthy_ms / 1_000,
        staleSeconds: stale_ms / 1_000,
        intervals: own.map(({ health, began_at: from, ended_at: to, lasted_ms: ms }) => ({
          health,
          from,
          to,
          seconds: ms / 1_000,
        })),
      })
    }
    return found
  },
})
