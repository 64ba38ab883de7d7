import { nodeStatesAt, type Mode } from './degradations.ts'
import type { DemoNode } from './geography.ts'
import { noise, rowUuid, unit } from './random.ts'
import type { ViewerSampleItem } from './viewers.ts'
import type { World } from './world.ts'

/** One item of `POST /ingest/node_samples`. */
export type NodeSampleItem = {
  readonly event_id: string
  /** Unix milliseconds. */
  readonly time: number
  readonly node_id: string
  readonly cpu_percent: number
  readonly memory_percent: number
  readonly disk_percent: number
  readonly ram_max: number
  readonly ram_current: number
  readonly bandwidth_in: number
  readonly bandwidth_out: number
  readonly connections_current: number
  readonly stream_count: number
  readonly health_score: number
  readonly latitude: number
  readonly longitude: number
  readonly tags: readonly string[]
}

export type NodeSampleOptions = {
  readonly mode: Mode
  /** The time written into the items. */
  readonly sampleTimeMs: number
  /** What the nodes serve: all that they report of their viewers at this time. */
  readonly viewers: readonly ViewerSampleItem[]
  /** Only of these nodes. Default all. */
  readonly reports?: (node: DemoNode) => boolean
}

const WOBBLE = 70
const DISK = 71
/** What a core sends out, in bits a second. */
const BITS_A_CORE = 600_000_000
const GIB = 2 ** 30

const percent = (value: number): number => Math.round(Math.min(100, Math.max(0, value)) * 10) / 10

/** What each node says of itself: its load is that of the viewers that it serves, and troubles cost it more. */
export const nodeSamplesAt = (
  world: World,
  timeMs: number,
  { mode, sampleTimeMs, viewers, reports = () => true }: NodeSampleOptions,
): NodeSampleItem[] => {
  const states = nodeStatesAt(world, timeMs, mode)
  const served = Map.groupBy(viewers, ({ node_id }) => node_id)
  return world.nodes.filter(reports).map((node): NodeSampleItem => {
    const own = served.get(node.nodeId) ?? []
    const state = states[node.index]!
    const sum = (of: (item: ViewerSampleItem) => number) => own.reduce((all, item) => all + of(item), 0)
    const bandwidth = sum((item) => item.bandwidth)
    const streams = new Set(own.filter((item) => item.viewer_count > 0).map((item) => item.internal_name))
    const load = Math.min(1, bandwidth / (node.cpuCores * BITS_A_CORE))
    const wobble = 3 * noise(timeMs, 45_000, world.seed, WOBBLE + node.index)
    const memory = percent(28 + 45 * load + 40 * state.bufferLoss + wobble)
    const ramMax = node.memoryGb * GIB
    return {
      event_id: rowUuid(world.seed, 'node_samples', node.nodeId, sampleTimeMs),
      time: sampleTimeMs,
      node_id: node.nodeId,
      cpu_percent: percent(8 + 62 * load + 60 * state.qualityLoss + wobble),
      memory_percent: memory,
      disk_percent: percent(35 + 30 * unit(world.seed, DISK, node.index) + 60 * state.bufferLoss),
      ram_max: ramMax,
      ram_current: Math.round((ramMax * memory) / 100),
      bandwidth_in: streams.size * 6_000_000,
      bandwidth_out: bandwidth,
      connections_current: sum((item) => item.viewer_count),
      stream_count: streams.size,
      health_score: state.healthScore,
      latitude: node.latitude,
      longitude: node.longitude,
      tags: [node.region],
    }
  })
}
