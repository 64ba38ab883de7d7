import type { Clock } from '../clock.ts'
import { shuttingDown } from '../errors.ts'
import type { TenantId } from '../ids.ts'
import type { Feed } from '../iterate/feed.ts'
import { createLatest, type Latest, type LatestWatch } from '../iterate/latest.ts'
import { createLeases } from '../leases.ts'
import type { Logger } from '../logger.ts'
import type { Bus } from './bus.ts'
import type { StateTopic } from './topics.ts'

/** What a tenant's digests add up to, in memory. */
export type Fold<Digest, Snapshot> = {
  /** Takes a digest. The same again, and an older one, change nothing. */
  offer(digest: Digest, nowMs: number): void
  /** Takes what the store knows, as if it had come in digests. */
  load(snapshot: Snapshot, nowMs: number): void
  /**
   * Counts again what changed or expired; the keys of the views that may differ now. Cheap when there is
   * nothing to do.
   */
  update(nowMs: number): ReadonlySet<string>
}

/** A value that a fold is read for. `key` is what `update` calls it. */
export type View<F, Value> = {
  readonly key: string
  read(fold: F, nowMs: number): Value
  /** What makes two values differ: not the time of counting. */
  compared(value: Value): unknown
}

export type WatchOptions = {
  /** At most so many values a second; the newest wins. */
  readonly maxPerSecond?: number | undefined
}

export type LiveState<F> = {
  /**
   * The current value of a view, then every changed one; a slow reader skips to the newest. The values are
   * shared by all who watch them and must not be changed. Rejects with what the snapshot failed with, never
   * with an empty value.
   */
  watch<Value>(tenant: TenantId, view: View<F, Value>, options?: WatchOptions): Promise<Feed<Value>>
  /** Tenants that are held in memory, for metrics and tests. */
  open(): number
  /** Ends all readers and refuses new ones with SHUTTING_DOWN; the close of the bus does it too. */
  close(): void
}

export type LiveStateDeps<Digest, Snapshot, F extends Fold<Digest, Snapshot>> = {
  readonly topic: StateTopic<Digest>
  /** What the digests so far amount to, from the store. */
  readonly snapshot: (tenant: TenantId) => Promise<Snapshot>
  readonly fold: () => F
  readonly bus: Pick<Bus, 'watchState' | 'onClose' | 'lingerMs'>
  readonly clock: Clock
  readonly log: Logger
  /** All in milliseconds. 250: four times a second is as fast as a person reads a number. */
  readonly tickMs?: number
  /**
   * 60,000. Heals whatever was missed: a digest that was never published, a sample that was ahead of our
   * clock.
   */
  readonly snapshotEveryMs?: number
  /** 2,000. */
  readonly snapshotRetryMs?: number
  /**
   * For sums, which a digest that comes twice would make wrong: a digest only says that something was stored,
   * and the snapshot is loaded again, no more often than this. The load itself takes the place of `offer`.
   */
  readonly reloadEveryMs?: number
}

type Watched<F> = {
  readonly view: View<F, unknown>
  readonly latest: Latest<unknown>
  readers: number
  shown: string | undefined
}

/**
 * Joins the topic, then loads the snapshot; digests that come meanwhile are merged like the rows of the
 * snapshot.
 */
const createTenantState = <Digest, Snapshot, F extends Fold<Digest, Snapshot>>(
  tenant: TenantId,
  deps: LiveStateDeps<Digest, Snapshot, F>,
) => {
  const { bus, clock, log, topic, snapshot } = deps
  const { tickMs = 250, snapshotEveryMs = 60_000, snapshotRetryMs = 2_000, reloadEveryMs } = deps
  const fold = deps.fold()
  const watched = new Map<string, Watched<F>>()
  let closed = false
  let leave: (() => void) | undefined
  let changedAt = -Infinity
  // Of `performance.now()`, as all that is no time of a sample: a clock that is set back must not stop the loading.
  let snapshotDueMs = Infinity
  let loadedAtMs = -Infinity
  let loading = false

  const show = (each: Watched<F>, nowMs: number): void => {
    const value = each.view.read(fold, nowMs)
    const shown = JSON.stringify(each.view.compared(value))
    if (shown === each.shown) return
    each.shown = shown
    each.latest.set(value)
  }
  /** The time of the last change, not of the last look: the first change after a pause is shown at once. */
  const update = (): void => {
    const nowMs = clock.now()
    const changed = fold.update(nowMs)
    if (changed.size > 0) changedAt = performance.now()
    for (const key of changed) {
      const each = watched.get(key)
      if (each) show(each, nowMs)
    }
  }
  const load = async (): Promise<void> => {
    loading = true
    loadedAtMs = performance.now()
    snapshotDueMs = loadedAtMs + snapshotEveryMs
    try {
      fold.load(await snapshot(tenant), clock.now())
      update()
    } finally {
      loading = false
    }
  }
  const tick = (): void => {
    try {
      update()
    } catch (error) {
      log.error({ err: error, tenant, topic: topic.name }, 'a live state could not be counted')
    }
    loadIfDue()
  }
  /** What was stored while a load ran is in the next one: it comes due again meanwhile. */
  const loadIfDue = (): void => {
    if (loading || performance.now() < snapshotDueMs) return
    load().catch((error: unknown) => {
      snapshotDueMs = performance.now() + snapshotRetryMs
      log.warn(
        { err: error, tenant, topic: topic.name },
        'a live state could not be loaded again; trying again',
      )
    })
  }

  const timer = setInterval(tick, tickMs).unref()
  const join = async (): Promise<void> => {
    const left = await bus.watchState(tenant, topic, {
      onValue: (digest) => {
        if (reloadEveryMs !== undefined) {
          snapshotDueMs = Math.min(snapshotDueMs, loadedAtMs + reloadEveryMs)
          return loadIfDue()
        }
        fold.offer(digest, clock.now())
        // At once after a pause, else with the next tick.
        if (performance.now() - changedAt >= tickMs) update()
      },
      // With the next tick. During the first load `Infinity` keeps it from being asked twice.
      onReconnect: () => (snapshotDueMs = Math.min(snapshotDueMs, performance.now())),
    })
    if (closed) return left()
    leave = left
    await load()
  }

  return {
    ready: join(),
    watch: (view: View<F, unknown>, { onClose, ...options }: LatestWatch) => {
      update()
      const each = watched.get(view.key) ?? { view, latest: createLatest(), readers: 0, shown: undefined }
      watched.set(view.key, each)
      if (each.readers === 0) show(each, clock.now())
      each.readers += 1
      const onEnd = (): void => {
        each.readers -= 1
        if (each.readers === 0) watched.delete(view.key)
        onClose?.()
      }
      return each.latest.watch({ ...options, onClose: onEnd })
    },
    close: () => {
      closed = true
      clearInterval(timer)
      leave?.()
      for (const { latest } of watched.values()) latest.end()
    },
  }
}

/**
 * The live state of each tenant that somebody watches: counted once a change for all of them, and closed with
 * the bus.
 */
export const createLiveState = <Digest, Snapshot, F extends Fold<Digest, Snapshot>>(
  deps: LiveStateDeps<Digest, Snapshot, F>,
): LiveState<F> => {
  const tenants = createLeases<TenantId, ReturnType<typeof createTenantState<Digest, Snapshot, F>>>(
    deps.bus.lingerMs,
  )
  let closed = false
  const close = (): void => {
    closed = true
    tenants.close()
  }
  deps.bus.onClose(close)
  return {
    watch: async <Value>(tenant: TenantId, view: View<F, Value>, options: WatchOptions = {}) => {
      if (closed) throw shuttingDown()
      const { value, release } = await tenants.acquire(tenant, () => createTenantState(tenant, deps))
      // Closed while it was made ready: nothing would ever come of it, not even an end.
      if (closed) throw shuttingDown()
      // A key is that of one view, so its values are of that view's type.
      return value.watch(view, { ...options, onClose: release }) as Feed<Value>
    },
    open: tenants.size,
    close,
  }
}
