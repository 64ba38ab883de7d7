import type { Rhythm } from './catalogue.ts'
import type { DemoCluster, DemoNode } from './geography.ts'
import { nodeStatesAt } from './degradations.ts'
import { rowUuid } from './random.ts'
import { broadcastAt, streamStatusAt } from './schedule.ts'
import type { World } from './world.ts'

export type DemoStreamEntity = {
  readonly internalName: string
  readonly playbackId: string
  readonly title: string
  readonly description: string
  readonly isPublic: boolean
  readonly status: 'LIVE' | 'OFFLINE' | 'ENDED'
  /** Unix milliseconds; only of a live one. */
  readonly startedAt?: number
}

export type DemoEntities = {
  readonly clusters: readonly DemoCluster[]
  readonly edgeNodes: readonly (DemoNode & { readonly healthScore: number })[]
  readonly streams: readonly DemoStreamEntity[]
}

const about: Readonly<Record<Rhythm, string>> = {
  always: 'On air around the clock',
  show: 'A regular show',
  flash: 'One crowded event',
}

/** What the seed of the demo tenant writes to Postgres, as it stands at `atMs`. */
export const demoEntities = (world: World, atMs: number): DemoEntities => {
  const states = nodeStatesAt(world, atMs, 'history')
  return {
    clusters: world.clusters,
    edgeNodes: world.nodes.map((node) => ({ ...node, healthScore: states[node.index]?.healthScore ?? 100 })),
    streams: world.streams.map((stream) => {
      const broadcast = broadcastAt(world, stream, atMs)
      return {
        internalName: stream.internalName,
        playbackId: rowUuid(world.seed, 'streams', stream.internalName, 0).replaceAll('-', '').slice(0, 16),
        title: stream.title,
        description: `${about[stream.rhythm]}, from ${stream.home.city}.`,
        isPublic: stream.index % 5 !== 4,
        status: streamStatusAt(world, stream, atMs),
        ...(broadcast ? { startedAt: broadcast.startedAt } : {}),
      }
    }),
  }
}
