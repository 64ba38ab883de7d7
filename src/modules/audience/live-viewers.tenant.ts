import type { Bus } from '../../platform/bus/bus.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { createLatest, type Latest, type LatestWatch } from '../../platform/iterate/latest.ts'
import type { Logger } from '../../platform/logger.ts'
import { createViewerCount, type StreamViewers } from './live-viewers.count.ts'
import type { LatestSample } from './viewers.queries.ts'
import { viewersTopic, type ViewersDigest } from './viewers.topics.ts'

/** Viewers of a tenant now. Shared by all who watch it: not to be changed. */
export type TenantViewers = {
  readonly viewers: number
  /** How many streams have viewers. */
  readonly streams: number
  /** The ten with most viewers. */
  readonly top: readonly { readonly internalName: string; readonly viewers: number }[]
  /** When it was counted. */
  readonly at: Date
}

export type TenantStateDeps = {
  readonly bus: Pick<Bus, 'watchState'>
  /** The latest sample per key inside the freshness window, from ClickHouse. */
  readonly snapshot: (tenant: TenantId) => Promise<readonly LatestSample[]>
  readonly clock: Clock
  readonly log: Logger
}

/** Four times a second is as fast as a person reads a number. */
const tickMs = 250
/** Heals whatever was missed: a digest that was never published, a sample that was ahead of our clock. */
const snapshotEveryMs = 60_000
const snapshotRetryMs = 2_000
const topSize = 10

type Watched<T> = { readonly latest: Latest<T>; readers: number; shown: string }
type Watching = LatestWatch & { readonly onClose: () => void }

const unwatched = <T>(): Watched<T> => ({ latest: createLatest(), readers: 0, shown: '' })

/** Only what a person would see differ is a change: not the time of counting. */
const show = <T extends { readonly at: Date }>(watched: Watched<T>, value: T): void => {
  const shown = JSON.stringify({ ...value, at: null, asOf: null })
  if (shown === watched.shown) return
  watched.shown = shown
  watched.latest.set(value)
}

/** The current value is counted anew for the first reader, and brought up to date by `show` from then on. */
const watch = <T extends { readonly at: Date }>(watched: Watched<T>, current: () => T, options: Watching) => {
  if (watched.readers++ === 0) {
    watched.shown = ''
    show(watched, current())
  }
  return watched.latest.watch(options)
}

const samplesOf = ({ ingestedAtMs, samples }: ViewersDigest): LatestSample[] => {
  const ingestedAt = new Date(ingestedAtMs)
  return samples.map(([internalName, nodeId, countryCode, connectionType, timeMs, viewerCount]) => {
    const time = new Date(timeMs)
    return { internalName, nodeId, countryCode, connectionType, time, ingestedAt, viewerCount }
  })
}

/** Joins the topic, then loads the snapshot; digests that come meanwhile are merged like the rows of the snapshot. */
export const createTenantState = (tenant: TenantId, { bus, snapshot, clock, log }: TenantStateDeps) => {
  const count = createViewerCount()
  const streams = new Map<string, Watched<StreamViewers>>()
  const whole = unwatched<TenantViewers>()
  let closed = false
  let leave: (() => void) | undefined
  let updatedAt = -Infinity
  let snapshotDueMs = Infinity
  let loading = false

  const countWhole = (now: number): TenantViewers => ({
    viewers: count.total(),
    ...count.ranking(topSize),
    at: new Date(now),
  })
  const update = (): void => {
    updatedAt = performance.now()
    const now = clock.now()
    const changed = count.update(now)
    for (const name of changed) {
      const watched = streams.get(name)
      if (watched) show(watched, count.stream(name, now))
    }
    if (changed.size > 0 && whole.readers > 0) show(whole, countWhole(now))
  }
  const offer = (samples: readonly LatestSample[]): void => {
    const now = clock.now()
    for (const sample of samples) count.offer(sample, now)
  }
  const load = async (): Promise<void> => {
    loading = true
    snapshotDueMs = clock.now() + snapshotEveryMs
    try {
      offer(await snapshot(tenant))
      update()
    } finally {
      loading = false
    }
  }
  const tick = (): void => {
    update()
    if (loading || clock.now() < snapshotDueMs) return
    load().catch((error: unknown) => {
      snapshotDueMs = clock.now() + snapshotRetryMs
      log.warn({ err: error, tenant }, 'live viewers could not be loaded again; trying again')
    })
  }

  const timer = setInterval(tick, tickMs).unref()
  const join = async (): Promise<void> => {
    const left = await bus.watchState(tenant, viewersTopic, {
      onValue: (digest) => {
        offer(samplesOf(digest))
        // At once when idle, else with the next tick.
        if (performance.now() - updatedAt >= tickMs) update()
      },
      // With the next tick. During the first load `Infinity` keeps it from being asked twice.
      onReconnect: () => (snapshotDueMs = Math.min(snapshotDueMs, clock.now())),
    })
    if (closed) return left()
    leave = left
    await load()
  }

  return {
    ready: join(),
    watchStream: (name: string, { onClose, ...options }: Watching) => {
      update()
      const watched = streams.get(name) ?? unwatched<StreamViewers>()
      streams.set(name, watched)
      const onEnd = (): void => {
        if (--watched.readers === 0) streams.delete(name)
        onClose()
      }
      return watch(watched, () => count.stream(name, clock.now()), { ...options, onClose: onEnd })
    },
    watchTenant: ({ onClose, ...options }: Watching) => {
      update()
      const onEnd = (): void => {
        whole.readers--
        onClose()
      }
      return watch(whole, () => countWhole(clock.now()), { ...options, onClose: onEnd })
    },
    close: () => {
      if (closed) return
      closed = true
      clearInterval(timer)
      leave?.()
      for (const { latest } of streams.values()) latest.end()
      whole.latest.end()
    },
  }
}
