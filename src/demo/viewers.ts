import { nodeStatesAt, type Mode, type NodeState } from './degradations.ts'
import { dailyCurve, type DemoNode } from './geography.ts'
import { noise, rowUuid, unit } from './random.ts'
import { turnout } from './schedule.ts'
import type { Cell, DemoStream, World } from './world.ts'

/** One item of `POST /ingest/viewer_samples`. */
export type ViewerSampleItem = {
  readonly event_id: string
  /** Unix milliseconds. */
  readonly time: number
  readonly internal_name: string
  readonly viewer_count: number
  readonly node_id: string
  readonly connection_type: string
  readonly country_code: string
  readonly city: string
  readonly latitude: number
  readonly longitude: number
  /** 0 to 1. */
  readonly connection_quality: number
  /** 0 to 1. */
  readonly buffer_health: number
  /** Bits a second of all these viewers together. */
  readonly bandwidth: number
}

export type SampleOptions = {
  /** Which troubles there are. Default `live`. */
  readonly mode?: Mode
  /**
   * World time since each key's last report, in milliseconds; a key that emptied since then reports one 0.
   * Default 10,000.
   */
  readonly intervalMs?: number
  /** The time written into the items, when it isn't the world's. */
  readonly sampleTimeMs?: number
  /** Only what these nodes report. Default all. */
  readonly reports?: (node: DemoNode) => boolean
}

const NOISE = 60
const DITHER = 61

/** Viewers of a cell on all nodes, not rounded. */
const audienceOf = (
  world: World,
  stream: DemoStream,
  cell: Cell,
  present: number,
  timeMs: number,
): number => {
  if (present === 0) return 0
  const { seed } = world
  const drift =
    0.08 * noise(timeMs, 1_500_000, seed, NOISE + stream.index) +
    0.05 * noise(timeMs, 240_000, seed, NOISE + cell.salt) +
    0.03 * noise(timeMs, 20_000, seed, NOISE * 2 + cell.salt)
  return stream.audience * cell.share * present * dailyCurve(cell.country, timeMs) * (1 + drift)
}

type Moment = { readonly timeMs: number; readonly nodes: readonly NodeState[]; readonly present: number }

/**
 * Viewers of a cell on its own node and on the fallback: whole numbers, never negative, their sum kept by a
 * shift.
 */
const split = (world: World, stream: DemoStream, cell: Cell, moment: Moment): [number, number] => {
  const exact = audienceOf(world, stream, cell, moment.present, moment.timeMs)
  // A fixed offset per cell in place of rounding: sums over many small cells are not biased, and nothing
  // flickers.
  const total = Math.floor(exact + (exact > 0 ? unit(world.seed, DITHER, cell.salt) : 0))
  const moved = Math.round(total * (moment.nodes[cell.node.index]?.shift ?? 0))
  return [total - moved, moved]
}

const round3 = (value: number): number => Math.round(value * 1000) / 1000

/**
 * What all nodes report at one tick. A key without viewers is silent, except once: a stream that ended or
 * viewers that moved are told by a single 0, so that the live number falls at once and not when the last
 * sample expires.
 */
export const viewerSamplesAt = (
  world: World,
  timeMs: number,
  options: SampleOptions = {},
): ViewerSampleItem[] => {
  const { mode = 'live', intervalMs = 10_000, sampleTimeMs = timeMs, reports = () => true } = options
  const nodesNow = nodeStatesAt(world, timeMs, mode)
  const nodesBefore = nodeStatesAt(world, timeMs - intervalMs, mode)
  const items: ViewerSampleItem[] = []
  for (const stream of world.streams) {
    const now = { timeMs, nodes: nodesNow, present: turnout(world, stream, timeMs) }
    const beforeMs = timeMs - intervalMs
    const before = { timeMs: beforeMs, nodes: nodesBefore, present: turnout(world, stream, beforeMs) }
    if (now.present === 0 && before.present === 0) continue
    for (const cell of stream.cells) {
      const counts = split(world, stream, cell, now)
      const earlier = split(world, stream, cell, before)
      for (const [which, node] of [cell.node, cell.fallback].entries()) {
        const count = counts[which] ?? 0
        if ((count === 0 && (earlier[which] ?? 0) === 0) || !reports(node)) continue
        const state = nodesNow[node.index]
        const wobble = 0.02 * noise(timeMs, 90_000, world.seed, NOISE * 3 + cell.salt)
        const quality = Math.min(1, (0.965 + wobble) * (1 - (state?.qualityLoss ?? 0)))
        const buffer = Math.min(1, (0.93 + wobble * 2) * (1 - (state?.bufferLoss ?? 0)))
        const key = `${stream.internalName}|${node.nodeId}|${cell.country.code}|${cell.connectionType}`
        items.push({
          event_id: rowUuid(world.seed, 'viewer_samples', key, sampleTimeMs),
          time: sampleTimeMs,
          internal_name: stream.internalName,
          viewer_count: count,
          node_id: node.nodeId,
          connection_type: cell.connectionType,
          country_code: cell.country.code,
          city: cell.country.city,
          latitude: cell.country.latitude,
          longitude: cell.country.longitude,
          connection_quality: round3(quality),
          buffer_health: round3(buffer),
          bandwidth: Math.round(count * stream.bitrate * quality),
        })
      }
    }
  }
  return items
}
