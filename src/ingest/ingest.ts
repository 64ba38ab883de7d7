import { setTimeout as pause } from 'node:timers/promises'
import type { ClickHouse } from '../platform/clickhouse/client.ts'
import type { Clock } from '../platform/clock.ts'
import { AppError } from '../platform/errors.ts'
import { uuidv7, type TenantId } from '../platform/ids.ts'
import type { Logger } from '../platform/logger.ts'
import type { RedisStore } from '../platform/redis/client.ts'
import { inTurns, type Steps } from '../platform/turns.ts'
import { checkItem, tooLong, type Dataset } from './dataset.ts'
import { findDataset } from './datasets.ts'
import { createRequestIds } from './event-ids.ts'
import { Unread, type ItemError } from './item-errors.ts'
import type { PublishLive } from './live.ts'
import type { Projector } from './projection.ts'
import { createIngestLog, type Lag, type LogRow, type Once } from './log.ts'
import { createWriter, type Writer, type WriterDeps, type WriterHealth } from './writer.ts'

export type Rejection = ItemError & { readonly index: number }

export type Accepted = {
  /** Rows that are kept now, by this call. */
  readonly accepted: number
  /** Rows whose `event_id` was taken within the last day, so they are kept already. */
  readonly duplicates: number
  readonly rejected: readonly Rejection[]
}

export type AcceptOptions = {
  /**
   * Items without `event_id` get one made of the key and their place, so that the same call again counts
   * nothing twice.
   */
  readonly once?: Once | undefined
}

export type Ingest = {
  /** Throws NOT_FOUND, naming the known ones. */
  dataset(name: string): Dataset
  /**
   * Checks items and keeps the good ones. What it resolves with is durable. Throws NOT_FOUND for an unknown
   * dataset, IDEMPOTENCY_KEY_REUSED, and LOG_UNAVAILABLE when the log is full or away; then a part may be
   * kept, and the same again is safe with ids only. `items` may be read from a body on the way, with an `Unread`
   * for one that can't be; where they throw, nothing is kept.
   */
  accept(
    tenant: TenantId,
    dataset: string,
    items: Iterable<unknown>,
    options?: AcceptOptions,
  ): Promise<Accepted>
  /** What waits, per dataset. Throws STORE_UNAVAILABLE. */
  lag(): Promise<Record<string, Lag>>
  /**
   * Resolves when everything that was accepted before is stored; throws TIMED_OUT after `timeoutMs` (30,000).
   */
  flushed(dataset?: string, options?: { readonly timeoutMs?: number }): Promise<void>
  health(): readonly WriterHealth[]
  /** Begins to store. A process that only accepts does not call it. */
  start(): void
  drain(timeoutMs: number): Promise<void>
}

export type IngestDeps = {
  readonly datasets: readonly Dataset[]
  readonly redis: RedisStore
  readonly clickHouse: Pick<ClickHouse, 'insertRows'>
  readonly clock: Clock
  readonly log: Logger
  /** INGEST_LOG_MAX_BYTES. */
  readonly logMaxBytes: number
  readonly publishLive?: PublishLive | undefined
  readonly projector?: Projector | undefined
  readonly onStep?: WriterDeps['onStep']
  readonly timing?: WriterDeps['timing']
}

const POLL_MS = 20

/** One after the other: an item may go when its line is made. */
function* readAll(
  items: Iterable<unknown>,
  read: (item: unknown, index: number) => LogRow | ItemError,
): Steps<{ readonly rows: readonly LogRow[]; readonly rejected: readonly Rejection[] }> {
  const rows: LogRow[] = []
  const rejected: Rejection[] = []
  let index = 0
  for (const item of items) {
    const found = read(item, index)
    if ('line' in found) rows.push(found)
    else rejected.push({ index, ...found })
    index += 1
    yield
  }
  return { rows, rejected }
}

export const createIngest = (deps: IngestDeps): Ingest => {
  const { datasets, redis, clock, logMaxBytes } = deps
  const logs = new Map(
    datasets.map(({ name }) => [
      name,
      createIngestLog({ redis, dataset: name, maxBytes: logMaxBytes, clock }),
    ]),
  )
  const writers: readonly Writer[] = datasets.map((dataset) => createWriter({ ...deps, dataset }))

  const accept: Ingest['accept'] = async (tenant, name, items, { once } = {}) => {
    const dataset = findDataset(datasets, name)
    const log = logs.get(dataset.name)!
    const requestId = once && createRequestIds(tenant, name, once.key)
    const nowMs = clock.now()
    const read = (value: unknown, index: number): LogRow | ItemError => {
      if (value instanceof Unread) return value.error
      const checked = checkItem(dataset, value, nowMs)
      if ('error' in checked) return checked.error
      const givenId = checked.item.event_id ?? requestId?.(index)
      const line = dataset.toLine(tenant, checked.item, givenId ?? uuidv7(nowMs))
      return tooLong(line) ?? { line, givenId }
    }
    const { rows, rejected } = await inTurns(readAll(items, read))
    if (once) await log.hold(tenant, once) // not before: a body that is refused whole may come again, mended
    const { duplicates } = rows.length > 0 ? await log.append(tenant, rows) : { duplicates: 0 }
    return { accepted: rows.length - duplicates, duplicates, rejected }
  }

  const flushed: Ingest['flushed'] = async (only, { timeoutMs = 30_000 } = {}) => {
    const names = only === undefined ? [...logs.keys()] : [findDataset(datasets, only).name]
    const deadline = performance.now() + timeoutMs
    for (const name of names) {
      const log = logs.get(name)!
      const newest = await log.newest()
      for (;;) {
        const oldest = await log.oldest()
        if (oldest === undefined || isAfter(oldest, newest)) break
        if (performance.now() > deadline) {
          throw new AppError('TIMED_OUT', `Rows of ${name} still wait to be stored; /health/ready tells why.`)
        }
        await pause(POLL_MS)
      }
    }
  }

  return {
    dataset: (name) => findDataset(datasets, name),
    accept,
    flushed,
    lag: async () =>
      Object.fromEntries(
        await Promise.all([...logs].map(async ([name, log]) => [name, await log.lag()] as const)),
      ),
    health: () => writers.map((writer) => writer.health()),
    start: () => {
      for (const writer of writers) writer.start()
    },
    drain: async (timeoutMs) => void (await Promise.all(writers.map((writer) => writer.drain(timeoutMs)))),
  }
}

/** Entry ids are `<milliseconds>-<sequence>`. */
const isAfter = (a: string, b: string): boolean => {
  const [aMs = 0, aSequence = 0] = a.split('-').map(Number)
  const [bMs = 0, bSequence = 0] = b.split('-').map(Number)
  return aMs > bMs || (aMs === bMs && aSequence > bSequence)
}
