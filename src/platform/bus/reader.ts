import { AppError } from '../errors.ts'
import { pull, type Step } from '../iterate/pull.ts'
import type { Cursor } from './cursor.ts'
import type { TopicLog } from './log.ts'
import { cursorOf, type Item, type Tail } from './tail.ts'

/**
 * A connected subscriber is further behind than it may be: it does not read as fast as events come. The
 * websocket layer closes its socket with 4290 and this cursor; with it as `after` a new subscription loses
 * nothing.
 */
export class SlowConsumerError extends AppError {
  readonly closeCode = 4290
  readonly cursor: Cursor

  constructor(cursor: Cursor) {
    super('SLOW_CONSUMER', `This subscriber reads too slowly. Subscribe again with after: "${cursor}".`, {
      details: { cursor },
    })
    this.name = 'SlowConsumerError'
    this.cursor = cursor
  }
}

export type ReaderOptions<T> = {
  readonly tail: Tail<T>
  readonly unit: string
  readonly log: TopicLog
  /** Undefined: only what comes from now on. */
  readonly after: Cursor | undefined
  readonly signal: AbortSignal | undefined
  readonly onClose: () => void
}

/** Small: a page is the only thing a reader holds for itself, and only while it reads what it missed. */
const pageSize = 100

/**
 * A subscriber: a place in the shared window, nothing more. One whose place is before the window (it resumes,
 * or a burst went by) reads pages from Redis until it meets the window. What can't be proven gapless is one
 * Resync.
 */
export const createReader = <T>(options: ReaderOptions<T>): AsyncIterableIterator<Item<T>, undefined> => {
  const { tail, unit, log, after, signal, onClose } = options
  let index = after === undefined ? tail.end() : tail.indexAfter(after)
  let cursor = after ?? tail.newest()
  let page: Item<T>[] = []
  let listener: (() => void) | undefined

  const give = (item: Item<T>): Step<Item<T>> => {
    cursor = cursorOf(item)
    return { value: item }
  }

  const fromWindow = (at: number): Step<Item<T>> | Promise<Step<Item<T>>> => {
    if (tail.tooFarBehind(at)) throw new SlowConsumerError(cursor)
    if (at < tail.first()) {
      index = undefined
      return fromRedis()
    }
    const item = tail.at(at)
    if (!item) return 'wait'
    index = at + 1
    return give(item)
  }

  const fromRedis = async (): Promise<Step<Item<T>>> => {
    const read = await log.readAfter(unit, cursor, pageSize)
    if (!read.proven)
      return give({ resync: { reason: read.trimmed ? 'TRIMMED' : 'LOST', cursor: read.newest } })
    page = read.entries.map((entry) => tail.parse(entry))
    // Nothing after it in Redis, and unknown to the window: then the window is behind.
    if (page.length === 0) await tail.catchUp()
    return take()
  }

  const take = (): Step<Item<T>> | Promise<Step<Item<T>>> => {
    if (tail.closed()) return 'done'
    index ??= tail.indexAfter(cursor)
    if (index !== undefined) {
      page = []
      return fromWindow(index)
    }
    const item = page.shift()
    return item ? give(item) : fromRedis()
  }

  return pull(
    {
      take,
      listen: (notify) => {
        listener = notify
        tail.listeners.add(notify)
      },
      close: () => {
        if (listener) tail.listeners.delete(listener)
        onClose()
      },
    },
    signal,
  )
}
