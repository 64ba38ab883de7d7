import { setTimeout as pause } from 'node:timers/promises'
import type { ClickHouse } from '../platform/clickhouse/client.ts'
import type { Clock } from '../platform/clock.ts'
import { AppError } from '../platform/errors.ts'
import type { Logger } from '../platform/logger.ts'
import type { RedisStore } from '../platform/redis/client.ts'
import { replyCode } from '../platform/redis/errors.ts'
import { createBatches, cutBatches, type Batch, type Entry } from './batches.ts'
import { newConsumerName } from './consumer-names.ts'
import type { Dataset } from './dataset.ts'
import type { PublishLive } from './live.ts'
import { logKeys } from './log-keys.ts'
import type { Projector } from './projection.ts'
import { storeBatch } from './store.ts'
import { storedBy } from './stored.ts'

export type WriterStep = 'read' | 'manifest' | 'insert' | 'project' | 'settle'

export type WriterHealth = {
  readonly dataset: string
  /** `retrying`: rows wait, because a store does not take them. */
  readonly state: 'stopped' | 'running' | 'retrying'
  /** Code of the failure and since when (Unix ms), while retrying. */
  readonly code?: string
  readonly sinceMs?: number
}

export type Writer = {
  /** Begins to read. Needs no store to be there yet: it tries until they are. */
  start(): void
  /**
   * Stops reading and ends what was read; resolves then, or after `timeoutMs`: what is left waits for others.
   */
  drain(timeoutMs: number): Promise<void>
  health(): WriterHealth
}

export type WriterDeps = {
  readonly redis: RedisStore
  readonly clickHouse: Pick<ClickHouse, 'insertRows'>
  readonly dataset: Dataset
  readonly clock: Clock
  readonly log: Logger
  readonly publishLive?: PublishLive | undefined
  readonly projector?: Projector | undefined
  /** For tests that end the process in the middle: called after each step of a batch. */
  readonly onStep?: ((step: WriterStep) => void | Promise<void>) | undefined
  readonly timing?: Partial<WriterTiming> | undefined
}

/** All in milliseconds. */
export type WriterTiming = {
  /**
   * Least time between two inserts unless batches are full. The first row after a pause goes at once; a
   * steady trickle makes ten parts a second, which ClickHouse merges without effort, and is live a tenth of a
   * second later.
   */
  readonly insertEveryMs: number
  /**
   * Without a beat for this long a consumer counts as dead. Longer than any pause of the event loop in sane
   * use.
   */
  readonly aliveMs: number
  /** How often to look for what the dead left, and for entries whose delivery got lost on the way here. */
  readonly recoverEveryMs: number
  /** Longest wait between two tries while a store is away. */
  readonly backoffMaxMs: number
}

const usual: WriterTiming = {
  insertEveryMs: 100,
  aliveMs: 10_000,
  recoverEveryMs: 3_000,
  backoffMaxMs: 5_000,
}

/** A blocked read ends after this long, which bounds how late a drain is noticed where it can't end the wait. */
const BLOCK_MS = 500

/**
 * Moves one dataset's log into ClickHouse: each entry once, whatever dies when. A batch is written down (its
 * manifest) before it is inserted, and a batch that is found written down is inserted again exactly as it
 * was, under the same token, which ClickHouse recognizes. So the only thing that could count twice, a batch
 * cut differently, can't happen.
 */
export const createWriter = (deps: WriterDeps): Writer => {
  const { redis, clickHouse, dataset, clock, onStep } = deps
  const live = deps.publishLive?.(dataset.name)
  const project = deps.projector?.(dataset.name)
  const timing = { ...usual, ...deps.timing }
  const consumer = newConsumerName()
  const log = deps.log.child({ dataset: dataset.name, consumer })
  const batches = createBatches({
    redis,
    keys: logKeys(redis, dataset.name),
    consumer,
    onForeignEntry: (id, reason) => log.error({ id, reason }, 'Ingest removed an entry that is not its own'),
  })
  const stop = new AbortController()
  let running: Promise<void> | undefined
  let health: WriterHealth = { dataset: dataset.name, state: 'stopped' }
  /**
   * Durations are taken from the monotonic clock: a wall clock that is set back must not hold up the work.
   */
  let insertedAtMs = 0

  const store = async (batch: Batch): Promise<void> => {
    insertedAtMs = performance.now()
    const dead = await storeBatch(clickHouse, dataset, batch)
    await onStep?.('insert')
    if (dead.length > 0)
      log.error({ rows: dead.length, code: dead[0]?.code }, 'Ingest set rows aside as dead letters')
    const stored = storedBy(batch, dead)
    await readable(() => project?.(stored.rowsOf(stored.tenants)))
    await onStep?.('project')
    const announcements = (await readable(() => live?.(stored, clock.now()))) ?? []
    await batches.settle(batch, dead, (pipeline) => {
      for (const publish of announcements) publish(pipeline, batch.token)
    })
    await onStep?.('settle')
    working()
  }

  /** Runs what reads stored rows. ClickHouse reads more than JSON (`.5`): then they are stored and move nothing. */
  const readable = async <T>(work: () => Promise<T> | undefined): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      log.error({ err: error }, 'Ingest stored rows that it can not read back; they move and tell nothing')
      return undefined
    }
  }

  const storeEntries = async (entries: readonly Entry[]): Promise<void> => {
    for (const part of cutBatches(entries)) {
      const batch = await batches.begin(part)
      if (!batch) continue
      await onStep?.('manifest')
      await store(batch)
    }
  }

  /**
   * Ends what this consumer began and what silent ones left. Nothing of our own is under way when this is
   * called.
   */
  const recover = async (): Promise<void> => {
    await batches.createGroup()
    await batches.beat(timing.aliveMs)
    const claimed = await batches.claimSilent()
    if (claimed > 0) log.warn({ entries: claimed }, 'Ingest took over what another consumer left')
    const { batches: unfinished, ids } = await batches.unfinished()
    for (const batch of unfinished) await store(batch)
    for (let after = '0'; ;) {
      const { entries, last } = await batches.pending(after)
      if (last === undefined) return
      after = last
      await storeEntries(entries.filter((entry) => !ids.has(entry.id)))
    }
  }

  const working = (): void => {
    if (health.state === 'retrying') {
      log.info({ downMs: clock.now() - (health.sinceMs ?? 0) }, 'Ingest stores rows again')
    }
    health = { dataset: dataset.name, state: 'running' }
  }

  const failing = (error: unknown): void => {
    const code = error instanceof AppError ? error.code : 'INTERNAL'
    // Once per kind of failure, not per try: a store that is away for an hour is one line.
    if (health.state === 'retrying' && health.code === code) return
    log.error({ code, err: error }, 'Ingest can not store rows at the moment; they wait in the log')
    health = { dataset: dataset.name, state: 'retrying', code, sinceMs: health.sinceMs ?? clock.now() }
  }

  const rest = async (ms: number): Promise<void> => {
    if (ms <= 0) return
    await pause(ms, undefined, { signal: stop.signal }).catch((error: unknown) => {
      if ((error as Error).name !== 'AbortError') throw error // a drain ends every rest
    })
  }

  const work = async (): Promise<void> => {
    let recoverAtMs = 0
    for (let failures = 0; !stop.signal.aborted;) {
      try {
        if (performance.now() >= recoverAtMs) {
          await recover()
          recoverAtMs = performance.now() + timing.recoverEveryMs
          working()
        }
        const entries = await batches.read(BLOCK_MS)
        if (entries.length > 0) {
          await onStep?.('read')
          await storeEntries(entries)
          await rest(Math.min(timing.insertEveryMs, insertedAtMs + timing.insertEveryMs - performance.now()))
        }
        failures = 0
      } catch (error) {
        recoverAtMs = 0 // what was under way is found again there
        if (replyCode(error) === 'NOGROUP') continue // Redis came back empty; the group is made again there
        failing(error)
        const ceiling = Math.min(timing.backoffMaxMs, 100 * 2 ** Math.min(failures, 10))
        failures += 1
        await rest(ceiling / 2 + (Math.random() * ceiling) / 2)
      }
    }
  }

  const beat = (): void => {
    batches.beat(timing.aliveMs).catch((error: unknown) => {
      // Redis away is told by the work itself, and what a missed beat leads to is safe.
      if (!(error instanceof AppError)) log.error({ err: error }, 'Ingest could not give its sign of life')
    })
  }

  return {
    start: () => {
      if (running) return
      health = { dataset: dataset.name, state: 'running' }
      const timer = setInterval(beat, timing.aliveMs / 3)
      running = work().finally(() => clearInterval(timer))
    },
    drain: async (timeoutMs) => {
      stop.abort()
      if (!running) return
      void batches.endWait()
      await within(running, timeoutMs)
      health = { dataset: dataset.name, state: 'stopped' }
      await batches.leave().catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error // Redis away: the sign of life ends by itself
      })
    },
    health: () => health,
  }
}

/** Resolves with `work` or after `timeoutMs`, whichever is first. */
const within = (work: Promise<void>, timeoutMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
