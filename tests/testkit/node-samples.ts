import type { NodeLoadValues } from '../../src/modules/infrastructure/node-load-values.ts'
import { uuidv7 } from '../../src/platform/ids.ts'

export type NodeItem = {
  readonly event_id: string
  readonly time: number
  readonly node_id: string
  readonly cpu_percent?: number
  readonly memory_percent?: number
  readonly disk_percent?: number
  readonly bandwidth_in?: number
  readonly bandwidth_out?: number
  readonly connections_current?: number
  readonly stream_count?: number
  readonly health_score?: number
  readonly is_healthy?: boolean
}

/**
 * Samples of three nodes, by time: each value is missing now and then, health lasts for a few samples, some samples
 * are of one instant, and now and then nobody says anything for minutes.
 */
export const makeNodeSamples = (
  random: (below: number) => number,
  many: number,
  { from, ms }: { readonly from: number; readonly ms: number },
): NodeItem[] => {
  const sometimes = <T extends object>(value: T): T | {} => (random(5) === 0 ? {} : value)
  const times = Array.from({ length: many }, () => from + Math.floor(random(ms) / 10) * 10).toSorted(
    (a, b) => a - b,
  )
  let score = 90
  return times.map((time) => {
    if (random(4) === 0) score = random(101)
    return {
      event_id: uuidv7(),
      time,
      node_id: ['n1', 'n1', 'n2', 'n3'][random(4)]!,
      ...sometimes({ cpu_percent: random(100_001) / 1_000 }),
      ...sometimes({ memory_percent: random(100_001) / 1_000 }),
      ...sometimes({ disk_percent: random(1_001) / 10 }),
      ...sometimes({ bandwidth_in: random(1_000_000_000) }),
      // Beyond what doubles and 64 bits add up exactly.
      ...sometimes({ bandwidth_out: 9_007_199_254_741 - random(1_000) }),
      ...sometimes({ connections_current: random(2_000) }),
      ...sometimes({ stream_count: random(20) }),
      ...sometimes({ health_score: score }),
      ...(random(12) === 0 && { is_healthy: random(2) === 0 }),
    }
  })
}

type Measure = Exclude<keyof NodeItem, 'event_id' | 'time' | 'node_id' | 'is_healthy'>
const valuesOf = (samples: readonly NodeItem[], name: Measure): number[] =>
  samples.map((sample) => sample[name]).filter((value) => value !== undefined)
/** In whole thousandths, which add up exactly. */
const sumOf = (values: readonly number[]): bigint =>
  values.reduce((sum, value) => sum + BigInt(Math.round(value * 1_000)), 0n)
const meanOf = (values: readonly number[]): number | null =>
  values.length > 0 ? Number(sumOf(values)) / 1_000 / values.length : null
/** Half a thousandth goes up. */
const milliOf = (values: readonly number[]): bigint => {
  const many = BigInt(values.length)
  return (2n * sumOf(values) + many) / (2n * many)
}
const mostOf = (values: readonly number[]): number | null =>
  values.length > 0 ? values.reduce((a, b) => Math.max(a, b)) : null

/** What a plain reading of the samples says, without the program's arithmetic. */
export const plainLoad = (samples: readonly NodeItem[]): NodeLoadValues => {
  const nodes = [...Map.groupBy(samples, ({ node_id }) => node_id).values()]
  const added = (name: Measure): number | null => {
    const own = nodes.map((each) => valuesOf(each, name)).filter((values) => values.length > 0)
    return own.length > 0 ? Number(own.reduce((sum, values) => sum + milliOf(values), 0n)) / 1_000 : null
  }
  const averaged = (name: Measure) => meanOf(valuesOf(samples, name))
  const most = (name: Measure) => mostOf(valuesOf(samples, name))
  const scores = valuesOf(samples, 'health_score')
  return {
    samples: samples.length,
    nodes: nodes.length,
    cpuPercent: averaged('cpu_percent'),
    memoryPercent: averaged('memory_percent'),
    diskPercent: averaged('disk_percent'),
    healthScore: averaged('health_score'),
    bandwidthInBps: added('bandwidth_in'),
    bandwidthOutBps: added('bandwidth_out'),
    connections: added('connections_current'),
    streams: added('stream_count'),
    maxCpuPercent: most('cpu_percent'),
    maxMemoryPercent: most('memory_percent'),
    maxDiskPercent: most('disk_percent'),
    maxBandwidthInBps: most('bandwidth_in'),
    maxBandwidthOutBps: most('bandwidth_out'),
    maxConnections: most('connections_current'),
    maxStreams: most('stream_count'),
    minHealthScore: scores.length > 0 ? Math.min(...scores) : null,
  }
}
