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

/** What the nodes of a cluster carry together, and what each gives out, in bits a second; null where it was not measured. */
export const usageOf = (
  { viewers, streams }: Pick<ClusterUsage, 'viewers' | 'streams'>,
  bandwidthsOut: readonly (number | null)[],
): ClusterUsage => {
  const measured = bandwidthsOut.filter((bits) => bits !== null)
  return {
    viewers,
    streams,
    bandwidthMbps: measured.length > 0 ? measured.reduce((sum, bits) => sum + bits, 0) / 1_000_000 : null,
  }
}
