import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, measured, whole } from '../../platform/clickhouse/query.ts'
import { createSampleDocuments } from '../../platform/clickhouse/sample-documents.ts'
import { p, scoped, sql, type Sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { freshWindow } from '../../platform/freshness.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { SampleDocuments } from '../../platform/samples.ts'
import type { NodeSample } from './node-sample.ts'

const sampleRow = z
  .object({
    event_id: z.string(),
    at: whole,
    node_id: z.string(),
    cpu_percent: measured,
    memory_percent: measured,
    disk_percent: measured,
    ram_max: measured,
    ram_current: measured,
    bandwidth_in: measured,
    bandwidth_out: measured,
    up_speed: measured,
    down_speed: measured,
    connections_current: measured,
    stream_count: measured,
    health_score: measured,
    is_healthy: z.boolean().nullable(),
    latitude: measured,
    longitude: measured,
    tags: z.array(z.string()),
  })
  .transform((row): NodeSample => ({
    eventId: row.event_id,
    timeMs: row.at,
    nodeId: row.node_id,
    cpuPercent: row.cpu_percent,
    memoryPercent: row.memory_percent,
    diskPercent: row.disk_percent,
    ramMaxBytes: row.ram_max,
    ramCurrentBytes: row.ram_current,
    bandwidthInBps: row.bandwidth_in,
    bandwidthOutBps: row.bandwidth_out,
    upSpeedBps: row.up_speed,
    downSpeedBps: row.down_speed,
    connections: row.connections_current,
    streams: row.stream_count,
    healthScore: row.health_score,
    isHealthy: row.is_healthy,
    latitude: row.latitude,
    longitude: row.longitude,
    tags: row.tags,
  }))

export type NodeSampleQueries = {
  /**
   * The newest sample of each node named that is not older than the freshness window. Throws as
   * ClickHouse.query.
   */
  currentLoad(
    tenant: TenantId,
    nodeNames: readonly string[],
    options?: QueryOptions,
  ): Promise<ReadonlyMap<string, NodeSample>>
  /** The same of every node of the tenant: what a live state starts from. */
  loadSnapshot(tenant: TenantId): Promise<readonly NodeSample[]>
  /** What samples say besides. */
  readonly sampleMetadata: SampleDocuments
}

const everyNode = sql``
const none: ReadonlyMap<string, NodeSample> = new Map()

export const createNodeSampleQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): NodeSampleQueries => {
  const newest = (tenant: TenantId, held: Sql, options?: QueryOptions) => {
    const query = defineQuery({
      name: 'infrastructure.currentLoad',
      tenant,
      sql: sql`
        SELECT event_id, toUnixTimestamp64Milli(time) AS at,
               node_id, cpu_percent, memory_percent, disk_percent, ram_max, ram_current, bandwidth_in,
               bandwidth_out, up_speed, down_speed, connections_current, stream_count, health_score, is_healthy,
               latitude, longitude, tags
        FROM node_samples
        WHERE ${scoped(tenant, freshWindow(deps.clock.now()), { hours: true })} ${held}
        ORDER BY time DESC, UUIDToNum(event_id) DESC LIMIT 1 BY node_id`,
      row: sampleRow,
    })
    return deps.clickHouse.query(query, options)
  }
  return {
    currentLoad: async (tenant, nodeNames, options) => {
      if (nodeNames.length === 0) return none
      const rows = await newest(tenant, sql`AND node_id IN (${p.texts(nodeNames)})`, options)
      return new Map(rows.map((row) => [row.nodeId, row]))
    },
    loadSnapshot: (tenant) => newest(tenant, everyNode),
    sampleMetadata: createSampleDocuments(deps.clickHouse, {
      name: 'infrastructure.sampleMetadata',
      table: sql`node_samples`,
      of: sql`node_id`,
      document: sql`metadata`,
    }),
  }
}
