import { bufferStates, type BufferState } from '../../src/modules/streaming/stream-health.dataset.ts'
import type { StreamHealthValues } from '../../src/modules/streaming/stream-health-values.ts'
import { uuidv7 } from '../../src/platform/ids.ts'

export type HealthSample = {
  readonly event_id: string
  readonly time: number
  readonly internal_name: string
  readonly node_id: string
  readonly bitrate_kbps?: number
  readonly fps?: number
  readonly width?: number
  readonly height?: number
  readonly buffer_state?: BufferState
  readonly packets_sent?: number
  readonly packets_lost?: number
  readonly codec?: string
  readonly frame_jitter_ms?: number
  readonly keyframe_stability_ms?: number
  readonly issues?: string
  readonly health_score?: number
}

/** The same numbers in each run (mulberry32). */
export const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/**
 * Samples of two streams on two nodes, by time: each value is missing now and then, states and sizes last for a
 * few samples, and some samples are of one instant.
 */
export const makeSamples = (
  random: (below: number) => number,
  many: number,
  { from, ms }: { readonly from: number; readonly ms: number },
): HealthSample[] => {
  const sometimes = <T extends object>(value: T): T | {} => (random(5) === 0 ? {} : value)
  const times = Array.from({ length: many }, () => from + Math.floor(random(ms) / 10) * 10).toSorted(
    (a, b) => a - b,
  )
  let [state, tall] = [0, 0]
  return times.map((time) => {
    if (random(4) === 0) state = random(bufferStates.length)
    if (random(8) === 0) tall = random(3)
    const size = [
      { width: 1280, height: 720 },
      { width: 1920, height: 1080 },
      { width: 1080, height: 1920 },
    ][tall]!
    return {
      event_id: uuidv7(),
      time,
      internal_name: random(3) === 0 ? 'second' : 'main',
      node_id: random(4) === 0 ? 'n2' : 'n1',
      ...sometimes({ bitrate_kbps: 1_000 + random(5_000) }),
      ...sometimes({ fps: random(60_000) / 1_000 }),
      ...sometimes(size),
      ...sometimes({ buffer_state: bufferStates[state]! }),
      ...sometimes({ packets_sent: random(100_000) }),
      ...sometimes({ packets_lost: random(100) }),
      ...sometimes({ codec: random(12) === 0 ? 'HEVC' : 'H264' }),
      ...sometimes({ frame_jitter_ms: random(200_000) / 1_000 }),
      ...sometimes({ keyframe_stability_ms: random(80_000) / 1_000 }),
      ...(random(6) === 0 && { issues: 'HIGH_JITTER' }),
      ...sometimes({ health_score: random(100_001) / 1_000 }),
    }
  })
}

const present = (values: readonly (number | undefined)[]): number[] =>
  values.filter((value) => value !== undefined)
/** In whole thousandths, which add up exactly. */
const sumOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + Math.round(value * 1_000), 0) / 1_000
const meanOf = (values: readonly (number | undefined)[]): number | null => {
  const known = present(values)
  return known.length > 0 ? sumOf(known) / known.length : null
}

/** What a plain reading of the samples says, without the program's arithmetic. */
export const plainHealth = (samples: readonly HealthSample[]): StreamHealthValues => {
  const of = <K extends keyof HealthSample>(name: K) => samples.map((sample) => sample[name])
  const scores = present(of('health_score'))
  const counted = samples.filter(
    ({ packets_sent, packets_lost }) => packets_sent !== undefined && packets_lost !== undefined,
  )
  const [sent, lost] = [
    sumOf(counted.map((each) => each.packets_sent!)),
    sumOf(counted.map((each) => each.packets_lost!)),
  ]
  const states = of('buffer_state').filter((state) => state !== undefined)
  return {
    samples: samples.length,
    healthScore: meanOf(scores),
    minHealthScore: scores.length > 0 ? Math.min(...scores) : null,
    maxHealthScore: scores.length > 0 ? Math.max(...scores) : null,
    bitrateKbps: meanOf(of('bitrate_kbps')),
    fps: meanOf(of('fps')),
    frameJitterMs: meanOf(of('frame_jitter_ms')),
    keyframeStabilityMs: meanOf(of('keyframe_stability_ms')),
    packetLoss: sent > 0 ? lost / sent : null,
    rebuffering: states.length > 0 ? states.filter((state) => state === 'DRY').length / states.length : null,
    samplesWithIssues: of('issues').filter(Boolean).length,
  }
}
