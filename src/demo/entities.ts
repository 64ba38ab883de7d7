import type { ClipFact } from '../modules/streaming/clip.rules.ts'
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

/** A clip of a live stream, and how far the media server is with it. */
export type DemoClip = {
  readonly title: string
  readonly startedAgoMs: number
  readonly durationMs: bigint
  readonly told?: Omit<ClipFact, 'at'>
}

const clips: readonly DemoClip[] = [
  {
    title: 'The best minute',
    startedAgoMs: 900_000,
    durationMs: 60_000n,
    told: { status: 'READY', sizeBytes: 41_250_816n, storagePath: 'clips/the-best-minute.mp4' },
  },
  {
    title: 'As it happened',
    startedAgoMs: 600_000,
    durationMs: 300_000n,
    told: { status: 'PROCESSING', progress: 62 },
  },
  {
    title: 'Without a picture',
    startedAgoMs: 1_200_000,
    durationMs: 30_000n,
    told: { status: 'FAILED', progress: 8, failure: 'The encoder sent no video in this time.' },
  },
  { title: 'Just now', startedAgoMs: 45_000, durationMs: 30_000n },
]

export type DemoEntities = {
  readonly clusters: readonly DemoCluster[]
  readonly edgeNodes: readonly (DemoNode & { readonly healthScore: number })[]
  readonly streams: readonly DemoStreamEntity[]
  readonly clips: readonly DemoClip[]
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
    clips,
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
