import { live } from '../../ingest/live.ts'
import { newestOf, recent } from '../../ingest/newest.ts'
import { nodeLoadTopic } from './node-load.topics.ts'
import type { NodeSample } from './node-sample.ts'
import { nodeSamples } from './node-samples.dataset.ts'

type NodeRow = ReturnType<typeof nodeSamples.toRow>

const sampleOf = (row: NodeRow): NodeSample => ({
  eventId: row.event_id,
  timeMs: row.time,
  nodeId: row.node_id,
  cpuPercent: row.cpu_percent ?? null,
  memoryPercent: row.memory_percent ?? null,
  diskPercent: row.disk_percent ?? null,
  // A petabyte of memory is below 2^53.
  ramMaxBytes: row.ram_max === undefined ? null : Number(row.ram_max),
  ramCurrentBytes: row.ram_current === undefined ? null : Number(row.ram_current),
  bandwidthInBps: row.bandwidth_in ?? null,
  bandwidthOutBps: row.bandwidth_out ?? null,
  upSpeedBps: row.up_speed ?? null,
  downSpeedBps: row.down_speed ?? null,
  connections: row.connections_current ?? null,
  streams: row.stream_count ?? null,
  healthScore: row.health_score ?? null,
  isHealthy: row.is_healthy ?? null,
  latitude: row.latitude ?? null,
  longitude: row.longitude ?? null,
  tags: row.tags,
})

/** Samples that were stored, as the newest of each node; history is left out. */
export const nodeLoadLive = live(nodeSamples, nodeLoadTopic, (rows, nowMs) => {
  const newest = newestOf(recent(rows, nowMs), ({ node_id }) => node_id)
  return newest.size > 0 ? { samples: Array.from(newest.values(), sampleOf) } : undefined
})
