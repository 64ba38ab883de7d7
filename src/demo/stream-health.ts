import { degradationsBetween, intensity, nodeStatesAt, type Mode, type NodeState } from './degradations.ts'
import { mix, noise, rowUuid, unit } from './random.ts'
import { broadcastAt } from './schedule.ts'
import type { DemoNode } from './geography.ts'
import type { DemoStream, World } from './world.ts'

/** One item of `POST /ingest/stream_health_samples`. */
export type HealthSampleItem = {
  readonly event_id: string
  /** Unix milliseconds. */
  readonly time: number
  readonly internal_name: string
  readonly node_id: string
  readonly bitrate_kbps: number
  readonly fps: number
  readonly gop_size: number
  readonly width: number
  readonly height: number
  readonly buffer_state: 'FULL' | 'DRY' | 'RECOVER'
  readonly packets_sent: number
  readonly packets_lost: number
  readonly packets_retransmitted: number
  readonly frame_jitter_ms: number
  readonly health_score: number
  readonly issues: string
  readonly codec: string
  readonly profile: string
  readonly audio_codec: string
  readonly audio_channels: number
  readonly audio_sample_rate: number
  readonly audio_bitrate: number
}

/** A sample of a stream in so many milliseconds; what is shown live is of the last minute. */
const STEP_MS = { history: 120_000, live: 10_000 } as const
/** Streams take turns, a fifth of them at a time, so that not all report at once. */
const TURN_MS = 2_000
const TURNS = 5
const HEALTH = 120
/** A packet of MPEG-TS over UDP. */
const PACKET_BITS = 1_316 * 8
/** From here on a buffer can run dry, and renditions are left out. */
const DRY_FROM = 0.15
const SMALLER_FROM = 0.2

const round3 = (value: number): number => Math.round(value * 1000) / 1000

/** The edge node that a stream comes in on: the one with most of its viewers. */
export const nodeOf = ({ cells }: DemoStream): DemoNode =>
  cells.reduce((most, cell) => (cell.share > most.share ? cell : most)).node

/** Dry at some samples and filling again at others, the more the worse it is. */
const bufferOf = (loss: number, at: number): HealthSampleItem['buffer_state'] => {
  if (loss < DRY_FROM) return 'FULL'
  return at < loss ? 'DRY' : at < 2 * loss ? 'RECOVER' : 'FULL'
}

/** What is wrong with a node, in the words of its incident. */
const issuesAt = (world: World, worldMs: number, mode: Mode) =>
  Map.groupBy(
    degradationsBetween(world, worldMs, worldMs + 1, mode).filter((each) => intensity(each, worldMs) > 0.1),
    ({ node }) => node.index,
  )

type Moment = { readonly time: number; readonly worldMs: number; readonly stepMs: number }

const sampleOf = (
  world: World,
  stream: DemoStream,
  { time, worldMs, stepMs }: Moment,
  state: NodeState,
  issues: string,
): HealthSampleItem => {
  const node = nodeOf(stream)
  const draw = (question: number): number =>
    unit(world.seed, HEALTH, stream.index, Math.floor(worldMs / 1000), question)
  const wobble = noise(worldMs, 90_000, world.seed, HEALTH + stream.index)
  const bitrate = stream.bitrate * (1 - 0.6 * state.qualityLoss) * (1 + 0.03 * wobble)
  const sent = Math.round((bitrate * stepMs) / 1000 / PACKET_BITS)
  const lost = Math.floor(sent * (0.001 * draw(0) + 0.08 * state.qualityLoss))
  const frames = mix(world.seed, HEALTH, stream.index, 9) % 3 === 0 ? 60 : 30
  const [width, height] = state.qualityLoss > SMALLER_FROM ? [1280, 720] : [1920, 1080]
  return {
    event_id: rowUuid(world.seed, 'stream_health_samples', stream.internalName, time),
    time,
    internal_name: stream.internalName,
    node_id: node.nodeId,
    bitrate_kbps: Math.round(bitrate / 1000),
    fps: round3(frames * (1 - 0.3 * state.qualityLoss)),
    gop_size: frames * 2,
    width,
    height,
    buffer_state: bufferOf(state.bufferLoss, draw(1)),
    packets_sent: sent,
    packets_lost: lost,
    packets_retransmitted: Math.floor(lost * 0.9),
    frame_jitter_ms: round3(2 + draw(2) * 3 + 40 * state.qualityLoss),
    health_score: Math.max(0, Math.min(100, round3(state.healthScore + wobble))),
    issues,
    codec: 'H264',
    profile: 'High',
    audio_codec: 'AAC',
    audio_channels: 2,
    audio_sample_rate: 48_000,
    audio_bitrate: 128,
  }
}

/**
 * Every sample of [fromMs, toMs), by time: each stream on the air, on its edge node and as well as that is. They
 * come as often at any speed, so the world's time is asked for. However a span is cut, its samples are the same.
 */
export const healthSamplesBetween = (
  world: World,
  fromMs: number,
  toMs: number,
  mode: Mode = 'live',
  worldTime: (timeMs: number) => number = (timeMs) => timeMs,
): HealthSampleItem[] => {
  const stepMs = STEP_MS[mode]
  const found: HealthSampleItem[] = []
  for (let time = Math.ceil(fromMs / TURN_MS) * TURN_MS; time < toMs; time += TURN_MS) {
    const turn = (time % stepMs) / TURN_MS
    if (turn >= TURNS) continue
    const worldMs = worldTime(time)
    const [states, issues] = [nodeStatesAt(world, worldMs, mode), issuesAt(world, worldMs, mode)]
    for (const stream of world.streams) {
      if (stream.index % TURNS !== turn || !broadcastAt(world, stream, worldMs)) continue
      const { index, nodeId } = nodeOf(stream)
      const wrong = (issues.get(index) ?? []).map(({ condition }) =>
        condition.title.replace('{node}', nodeId),
      )
      const moment = { time, worldMs, stepMs }
      found.push(sampleOf(world, stream, moment, states[index]!, wrong.join('; ')))
    }
  }
  return found
}
