import type { View } from '../../platform/bus/live-state.ts'
import { freshness } from '../../platform/freshness.ts'
import type { LatestSample } from './viewers.queries.ts'
import type { ViewersDigest } from './viewers.topics.ts'

const { freshMs: FRESH_MS, maxAheadMs: AHEAD_MS } = freshness

export type ViewersPart = { readonly key: string; readonly viewers: number }

/**
 * Viewers of one stream now. Shared by all who watch it: not to be changed. Parts are sorted, most viewers
 * first.
 */
export type StreamViewers = {
  readonly viewers: number
  readonly byCountry: readonly ViewersPart[]
  readonly byEdgeNode: readonly ViewersPart[]
  readonly byConnectionType: readonly ViewersPart[]
  /** When it was counted. */
  readonly at: Date
  /** Time of the newest sample that counts; null when none does. */
  readonly asOf: Date | null
}

/** Viewers of a tenant now. Shared by all who watch it: not to be changed. */
export type TenantViewers = {
  readonly viewers: number
  /** Number of streams with viewers. */
  readonly streams: number
  /** The ten with most viewers. */
  readonly top: readonly { readonly internalName: string; readonly viewers: number }[]
  /** When it was counted. */
  readonly at: Date
}

const topSize = 10
/** The key of the view over all streams; those of streams begin with another word. */
const TENANT = 'tenant'
const keyOfStream = (internalName: string): string => `stream:${internalName}`

type StreamState = {
  readonly samples: Map<string, LatestSample>
  viewers: number
  /** Not later than the time of the oldest sample; Infinity without samples. */
  oldestMs: number
}

const parts = (samples: Iterable<LatestSample>, keyOf: (sample: LatestSample) => string): ViewersPart[] => {
  const sums = new Map<string, number>()
  for (const sample of samples) sums.set(keyOf(sample), (sums.get(keyOf(sample)) ?? 0) + sample.viewerCount)
  return Array.from(sums, ([key, viewers]) => ({ key, viewers })).toSorted(
    (a, b) => b.viewers - a.viewers || (a.key < b.key ? -1 : 1),
  )
}

/**
 * The fold of the live viewers: the latest samples of one tenant, and what they add up to: the latest sample
 * per key inside the freshness window, then summed. Never a sum of samples.
 */
export const createViewerCount = () => {
  const streams = new Map<string, StreamState>()
  const changed = new Set<string>()
  let oldestMs = Infinity
  let total = 0

  /** Takes a sample when it is newer than the one its key has: by time, then by arrival. */
  const offer = (sample: LatestSample, nowMs: number): void => {
    const timeMs = sample.time.getTime()
    if (timeMs <= nowMs - FRESH_MS || timeMs > nowMs + AHEAD_MS) return
    let stream = streams.get(sample.internalName)
    if (!stream)
      streams.set(sample.internalName, (stream = { samples: new Map(), viewers: 0, oldestMs: Infinity }))
    const key = JSON.stringify([sample.nodeId, sample.countryCode, sample.connectionType])
    const known = stream.samples.get(key)
    if (
      known &&
      (known.time.getTime() - timeMs || known.ingestedAt.getTime() - sample.ingestedAt.getTime()) > 0
    )
      return
    stream.samples.set(key, sample)
    stream.oldestMs = Math.min(stream.oldestMs, timeMs)
    oldestMs = Math.min(oldestMs, timeMs)
    changed.add(sample.internalName)
  }

  const recount = (name: string, stream: StreamState, nowMs: number): void => {
    total -= stream.viewers
    stream.viewers = 0
    stream.oldestMs = Infinity
    for (const [key, sample] of stream.samples) {
      if (sample.time.getTime() <= nowMs - FRESH_MS) {
        stream.samples.delete(key)
        continue
      }
      stream.viewers += sample.viewerCount
      stream.oldestMs = Math.min(stream.oldestMs, sample.time.getTime())
    }
    total += stream.viewers
    if (stream.samples.size === 0) streams.delete(name)
  }

  return {
    offer: ({ ingestedAtMs, samples }: ViewersDigest, nowMs: number): void => {
      const ingestedAt = new Date(ingestedAtMs)
      for (const [internalName, nodeId, countryCode, connectionType, timeMs, viewerCount] of samples) {
        const time = new Date(timeMs)
        const sample = { internalName, nodeId, countryCode, connectionType, time, ingestedAt, viewerCount }
        offer(sample, nowMs)
      }
    },
    load: (samples: readonly LatestSample[], nowMs: number): void => {
      for (const sample of samples) offer(sample, nowMs)
    },
    /**
     * Counts again what changed or expired; the keys of the views that may differ. Cheap when there is
     * nothing to do.
     */
    update: (nowMs: number): ReadonlySet<string> => {
      const expired = oldestMs <= nowMs - FRESH_MS
      if (expired)
        for (const [name, stream] of streams) if (stream.oldestMs <= nowMs - FRESH_MS) changed.add(name)
      const names = new Set(changed)
      changed.clear()
      for (const name of names) {
        const stream = streams.get(name)
        if (stream) recount(name, stream, nowMs)
      }
      if (expired) {
        oldestMs = Infinity
        for (const stream of streams.values()) oldestMs = Math.min(oldestMs, stream.oldestMs)
      }
      const keys = new Set(Array.from(names, keyOfStream))
      return names.size > 0 ? keys.add(TENANT) : keys
    },
    tenant: (nowMs: number): TenantViewers => {
      const watched = Array.from(streams, ([internalName, { viewers }]) => ({
        internalName,
        viewers,
      })).filter(({ viewers }) => viewers > 0)
      const top = watched.toSorted(
        (a, b) => b.viewers - a.viewers || (a.internalName < b.internalName ? -1 : 1),
      )
      return {
        viewers: total,
        streams: watched.length,
        top: top.slice(0, topSize),
        at: new Date(nowMs),
      }
    },
    stream: (internalName: string, nowMs: number): StreamViewers => {
      const samples = [...(streams.get(internalName)?.samples.values() ?? [])]
      const newest = samples.reduce((latest, sample) => Math.max(latest, sample.time.getTime()), -Infinity)
      return {
        viewers: samples.reduce((sum, sample) => sum + sample.viewerCount, 0),
        byCountry: parts(samples, (sample) => sample.countryCode),
        byEdgeNode: parts(samples, (sample) => sample.nodeId),
        byConnectionType: parts(samples, (sample) => sample.connectionType),
        at: new Date(nowMs),
        asOf: samples.length > 0 ? new Date(newest) : null,
      }
    },
  }
}

export type ViewerCount = ReturnType<typeof createViewerCount>

/** What a person would see differ. */
const withoutTimes = <T extends { readonly at: Date }>(value: T) => ({ ...value, at: null, asOf: null })

/** Who watches a stream now; a stream that nobody knows has 0. */
export const viewersOfStream = (internalName: string): View<ViewerCount, StreamViewers> => ({
  key: keyOfStream(internalName),
  read: (count, nowMs) => count.stream(internalName, nowMs),
  compared: withoutTimes,
})

/** Who watches the streams of the tenant now. */
export const viewersOfTenant: View<ViewerCount, TenantViewers> = {
  key: TENANT,
  read: (count, nowMs) => count.tenant(nowMs),
  compared: withoutTimes,
}
