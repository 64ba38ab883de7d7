import { AppError } from '../errors.ts'
import { Feed } from '../iterate/feed.ts'
import type { Step, Waker } from '../iterate/pull.ts'
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
  readonly onClose: () => void
}

/** Small: a page is the only thing a reader holds for itself, and only while it reads what it missed. */
const pageSize = 100

type Taken<T> = Step<Item<T>>

/**
 * A subscriber: a place in the shared window, nothing more. One whose place is before the window (it resumes,
 * or a burst went by) reads pages from Redis until it meets the window. What can't be proven gapless is one
 * Resync. While Redis is away it waits.
 */
export class Reader<T> extends Feed<Item<T>> {
  private readonly tail: Tail<T>
  private readonly unit: string
  private readonly log: TopicLog
  private readonly onClose: () => void
  private index: number | undefined
  private cursor: Cursor
  private page: Item<T>[] | undefined
  private untold: boolean
  private waker: Waker | undefined
  private closed = false

  constructor({ tail, unit, log, after, withStart, onClose }: ReaderOptions<T>) {
    super()
    this.tail = tail
    this.unit = unit
    this.log = log
    this.onClose = onClose
    this.index = after === undefined ? tail.end() : tail.indexAfter(after)
    this.cursor = after ?? tail.newest()
    this.untold = withStart && after === undefined
  }

  take(): Taken<T> | Promise<Taken<T>> {
    const { tail } = this
    if (tail.closed()) return 'done'
    if (this.untold) {
      this.untold = false
      return this.give(tail.startAt(this.cursor))
    }
    this.index ??= tail.indexAfter(this.cursor)
    if (this.index !== undefined) {
      this.page = undefined
      return this.fromWindow(this.index)
    }
    const item = this.page?.shift()
    return item ? this.give(item) : this.fromRedis()
  }

  listen(waker: Waker): void {
    this.waker = waker
    this.tail.readers.add(this)
  }
  wake(): void {
    this.waker?.wake()
  }
  close(): void {
    if (this.closed) return
    this.closed = true
    this.tail.readers.delete(this)
    this.onClose()
  }

  private give(item: Item<T>): Taken<T> {
    this.cursor = cursorOf(item)
    return { value: item }
  }

  private fromWindow(at: number): Taken<T> | Promise<Taken<T>> {
    const { tail } = this
    const held = tail.at(at)
    if (!held && at === tail.end()) return 'wait'
    if (tail.tooFarBehind(at)) throw new SlowConsumerError(this.cursor)
    if (!held) {
      this.index = undefined
      return this.fromRedis()
    }
    this.index = at + 1
    this.cursor = cursorOf(held.value)
    return held
  }

  private async fromRedis(): Promise<Taken<T>> {
    try {
      return await this.readPage()
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'STORE_UNAVAILABLE') throw error
      this.tail.repair() // and it will wake
      return 'wait'
    }
  }

  private async readPage(): Promise<Taken<T>> {
    const { tail, log, unit } = this
    const read = await log.readAfter(unit, this.cursor, pageSize, tail.watchedSeconds)
    if (!read.proven)
      return this.give({ resync: { reason: read.trimmed ? 'TRIMMED' : 'LOST', cursor: read.newest } })
    this.page = read.entries.map((entry) => tail.parse(entry))
    if (this.page.length === 0) {
      this.cursor = read.newest // another one only when it asked from the beginning, and no event has come yet
      await tail.catchUp() // nothing after it in Redis, and unknown to the window: then the window is behind
    }
    return this.take()
  }
}
