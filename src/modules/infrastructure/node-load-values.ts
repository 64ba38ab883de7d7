/**
 * How much edge nodes did, in a time. Null where no sample has what it is made of: that nothing was measured
 * is not the same as 0. `docs/nodes.md` defines the words.
 */
export type NodeLoadValues = {
  /** Number of samples, and of nodes that sent one. */
  readonly samples: number
  readonly nodes: number
  /** Means of the samples that have one, of whatever node, 0 to 100. */
  readonly cpuPercent: number | null
  readonly memoryPercent: number | null
  readonly diskPercent: number | null
  readonly healthScore: number | null
  /** Added up over the nodes: of each node the mean of its samples, rounded to thousandths. */
  readonly bandwidthInBps: number | null
  readonly bandwidthOutBps: number | null
  readonly connections: number | null
  readonly streams: number | null
  /** The highest of one sample, hence of one node. */
  readonly maxCpuPercent: number | null
  readonly maxMemoryPercent: number | null
  readonly maxDiskPercent: number | null
  readonly maxBandwidthInBps: number | null
  readonly maxBandwidthOutBps: number | null
  readonly maxConnections: number | null
  readonly maxStreams: number | null
  readonly minHealthScore: number | null
}

/** Of what is a mean over samples its sum and how many have it; of what is added up its thousandths. */
export type LoadSums = {
  readonly sample_count: number
  readonly node_count: number
  readonly cpu_count: number
  readonly cpu_sum: number
  readonly cpu_max: number | null
  readonly memory_count: number
  readonly memory_sum: number
  readonly memory_max: number | null
  readonly disk_count: number
  readonly disk_sum: number
  readonly disk_max: number | null
  readonly health_score_count: number
  readonly health_score_sum: number
  readonly health_score_min: number | null
  readonly bandwidth_in_milli: number | null
  readonly bandwidth_in_max: number | null
  readonly bandwidth_out_milli: number | null
  readonly bandwidth_out_max: number | null
  readonly connections_milli: number | null
  readonly connections_max: number | null
  readonly streams_milli: number | null
  readonly streams_max: number | null
}

const nothingMeasured: NodeLoadValues = {
  samples: 0,
  nodes: 0,
  cpuPercent: null,
  memoryPercent: null,
  diskPercent: null,
  healthScore: null,
  bandwidthInBps: null,
  bandwidthOutBps: null,
  connections: null,
  streams: null,
  maxCpuPercent: null,
  maxMemoryPercent: null,
  maxDiskPercent: null,
  maxBandwidthInBps: null,
  maxBandwidthOutBps: null,
  maxConnections: null,
  maxStreams: null,
  minHealthScore: null,
}

const mean = (sum: number, count: number): number | null => (count > 0 ? sum / count : null)
const thousandths = (milli: number | null): number | null => (milli === null ? null : milli / 1_000)

/** Sums become means here and nowhere else. */
export const loadOf = (sums: LoadSums | undefined): NodeLoadValues =>
  sums
    ? {
        samples: sums.sample_count,
        nodes: sums.node_count,
        cpuPercent: mean(sums.cpu_sum, sums.cpu_count),
        memoryPercent: mean(sums.memory_sum, sums.memory_count),
        diskPercent: mean(sums.disk_sum, sums.disk_count),
        healthScore: mean(sums.health_score_sum, sums.health_score_count),
        bandwidthInBps: thousandths(sums.bandwidth_in_milli),
        bandwidthOutBps: thousandths(sums.bandwidth_out_milli),
        connections: thousandths(sums.connections_milli),
        streams: thousandths(sums.streams_milli),
        maxCpuPercent: sums.cpu_max,
        maxMemoryPercent: sums.memory_max,
        maxDiskPercent: sums.disk_max,
        maxBandwidthInBps: sums.bandwidth_in_max,
        maxBandwidthOutBps: sums.bandwidth_out_max,
        maxConnections: sums.connections_max,
        maxStreams: sums.streams_max,
        minHealthScore: sums.health_score_min,
      }
    : nothingMeasured
