/** From this part of a limit on a cluster is told to be near it: there is time to add a node. */
export const NEAR = 0.8

export const clusterLimits = ['VIEWERS', 'STREAMS', 'BANDWIDTH'] as const
export type ClusterLimitName = (typeof clusterLimits)[number]

/** What a cluster carries now. Bandwidth is null where no node of it says any. */
export type ClusterUsage = {
  readonly viewers: number
  readonly streams: number
  readonly bandwidthMbps: number | null
}
/** How much of one of its limits it uses; `share` is above 1 where it is exceeded. */
export type LimitUse = {
  readonly limit: ClusterLimitName
  readonly used: number
  readonly most: number
  readonly share: number
}
type Limits = {
  readonly maxViewers: number | null
  readonly maxStreams: number | null
  readonly maxBandwidthMbps: number | null
}

const useOf = (limit: ClusterLimitName, used: number | null, most: number | null): LimitUse[] =>
  used === null || most === null ? [] : [{ limit, used, most, share: used / most }]

/** The limits that a cluster has, and what of each is in use; most used first. */
export const usesOf = (
  { maxViewers, maxStreams, maxBandwidthMbps }: Limits,
  { viewers, streams, bandwidthMbps }: ClusterUsage,
): LimitUse[] =>
  [
    ...useOf('VIEWERS', viewers, maxViewers),
    ...useOf('STREAMS', streams, maxStreams),
    ...useOf('BANDWIDTH', bandwidthMbps, maxBandwidthMbps),
  ].toSorted((a, b) => b.share - a.share)

type NodeNow = {
  readonly viewers: number
  readonly streams: readonly { readonly internalName: string }[]
  /** In bits a second; null where it was not measured. */
  readonly bandwidthOut: number | null
}

/** Nodes of a cluster together: a stream that two of them carry is one. */
export const usageOf = (nodes: readonly NodeNow[]): ClusterUsage => {
  const measured = nodes.flatMap(({ bandwidthOut }) => bandwidthOut ?? [])
  return {
    viewers: nodes.reduce((sum, { viewers }) => sum + viewers, 0),
    streams: new Set(nodes.flatMap(({ streams }) => streams.map(({ internalName }) => internalName))).size,
    bandwidthMbps: measured.length > 0 ? measured.reduce((sum, bits) => sum + bits, 0) / 1_000_000 : null,
  }
}
