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
  /** Without `after`, say first where it begins. */
  readonly withStart: boolean
  readonly signal: AbortSignal | undefined
  readonly onClose: () => void
}

/** Small: a page is the only thing a reader holds for itself, and only while it reads what it missed. */
const pageSize = 100

/**
 * A subscriber: a place in the shared window, nothing more. One whose place is before the window (it resumes,
 * or a burst went by) reads pages from Redis until it meets the window. What can't be proven gapless is one
 * Resync. While Redis is away it waits.
 */
export const createReader = <T>(options: ReaderOptions<T>): AsyncIterableIterator<Item<T>, undefined> => {
  const { tail, unit, log, after, withStart, signal, onClose } = options
  let index = after === undefined ? tail.end() : tail.indexAfter(after)
  let cursor = after ?? tail.newest()
  let page: Item<T>[] = []
  let listener: (() => void) | undefined
  let untold = withStart && after === undefined

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

  const readPage = async (): Promise<Step<Item<T>>> => {
    const read = await log.readAfter(unit, cursor, pageSize)
    if (!read.proven)
      return give({ resync: { reason: read.trimmed ? 'TRIMMED' : 'LOST', cursor: read.newest } })
    page = read.entries.map((entry) => tail.parse(entry))
    if (page.length === 0) {
      cursor = read.newest // another one only when it asked from the beginning, and no event has come yet
      await tail.catchUp() // nothing after it in Redis, and unknown to the window: then the window is behind
    }
    return take()
  }
  const fromRedis = (): Promise<Step<Item<T>>> =>
    readPage().catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'STORE_UNAVAILABLE') throw error
      tail.repair() // and it will notify
      return 'wait'
    })

  const take = (): Step<Item<T>> | Promise<Step<Item<T>>> => {
    if (tail.closed()) return 'done'
    if (untold) {
      untold = false
      return give({ resync: { reason: 'STARTED', cursor } })
    }
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
