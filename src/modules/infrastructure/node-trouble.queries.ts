import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, instant, measured } from '../../platform/clickhouse/query.ts'
import { p, scoped, sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { freshWindow } from '../../platform/freshness.ts'
import type { TenantId } from '../../platform/ids.ts'
import { troubleFrom, type High, type HighLoad } from './node-trouble.rules.ts'

export type NodeTroubleQueries = {
  /**
   * Nodes whose newest sample of the last 60 seconds says that they are nearly full. Throws as
   * ClickHouse.query.
   */
  highLoad(tenant: TenantId, options?: QueryOptions): Promise<readonly HighLoad[]>
}

/** Who has been full for longer has been told long ago. */
const LOOK_BACK_MS = 86_400_000

const row = z.object({
  node_id: z.string(),
  now_cpu: measured,
  now_memory: measured,
  now_disk: measured,
  cpu_since: instant,
  memory_since: instant,
  disk_since: instant,
})

const highOf = (percent: number | null, from: number, since: Date): High | null =>
  percent !== null && percent >= from ? { percent, since } : null

export const createNodeTroubleQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): NodeTroubleQueries => ({
  highLoad: async (tenant, options) => {
    const fresh = freshWindow(deps.clock.now())
    const seen = { from: new Date(deps.clock.now() - LOOK_BACK_MS), to: fresh.to }
    const cpu = p.uInt32(troubleFrom.cpu)
    const memory = p.uInt32(troubleFrom.memory)
    const disk = p.uInt32(troubleFrom.disk)
    const ofNode = sql`OVER (PARTITION BY node_id)`
    const query = defineQuery({
      name: 'infrastructure.highLoad',
      tenant,
      // From the inside: who may be full now; when each measure was last below; the first sample after that.
      sql: sql`
        SELECT node_id, any(newest.1) AS now_cpu, any(newest.2) AS now_memory, any(newest.3) AS now_disk,
               if(countIf(cpu_percent >= ${cpu} AND at > cpu_below) = 0, any(newest_at),
                  minIf(at, cpu_percent >= ${cpu} AND at > cpu_below)) AS cpu_since,
               if(countIf(memory_percent >= ${memory} AND at > memory_below) = 0, any(newest_at),
                  minIf(at, memory_percent >= ${memory} AND at > memory_below)) AS memory_since,
               if(countIf(disk_percent >= ${disk} AND at > disk_below) = 0, any(newest_at),
                  minIf(at, disk_percent >= ${disk} AND at > disk_below)) AS disk_since
        FROM (
          SELECT node_id, toUnixTimestamp64Milli(time) AS at, cpu_percent, memory_percent, disk_percent,
                 argMax((cpu_percent, memory_percent, disk_percent), (time, UUIDToNum(event_id))) ${ofNode} AS newest,
                 max(at) ${ofNode} AS newest_at,
                 maxIf(at, cpu_percent < ${cpu}) ${ofNode} AS cpu_below,
                 maxIf(at, memory_percent < ${memory}) ${ofNode} AS memory_below,
                 maxIf(at, disk_percent < ${disk}) ${ofNode} AS disk_below
          FROM node_samples
          WHERE ${scoped(tenant, seen, { hours: true })} AND node_id IN (
            SELECT node_id FROM node_samples
            WHERE ${scoped(tenant, fresh, { hours: true })}
              AND (cpu_percent >= ${cpu} OR memory_percent >= ${memory} OR disk_percent >= ${disk})
          )
        )
        GROUP BY node_id`,
      row,
    })
    const rows = await deps.clickHouse.query(query, options)
    return rows.map((each) => ({
      nodeId: each.node_id,
      cpu: highOf(each.now_cpu, troubleFrom.cpu, each.cpu_since),
      memory: highOf(each.now_memory, troubleFrom.memory, each.memory_since),
      disk: highOf(each.now_disk, troubleFrom.disk, each.disk_since),
    }))
  },
})
