import { AppError } from '../errors.ts'
import type { Step, Waker } from '../iterate/pull.ts'
import { WindowedFeed, type Window } from '../iterate/windowed.ts'
import type { Cursor } from './cursor.ts'
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
  /** Undefined: only what comes from now on. */
  readonly after: Cursor | undefined
  /** Without `after`, say first where it begins. */
  readonly withStart: boolean
  readonly onClose: () => void
}

type Taken<T> = Step<Item<T>>

/** One that can't be read is an event all the same. */
const isGap = (item: Item<unknown>): boolean => 'resync' in item && item.resync.reason !== 'UNREADABLE'

/**
 * A subscriber: a place in the shared window, nothing more. One whose place is before the window (it resumes,
 * or a burst went by) reads the tail's pages until it meets the window. What can't be proven gapless is one
 * Resync. While Redis is away it waits.
 */
export class Reader<T> extends WindowedFeed<Item<T>> {
  private readonly tail: Tail<T>
  private readonly onClose: () => void
  /** Where it is in the window, or how far behind it; undefined while it resumes and has not met it yet. */
  private index: number | undefined
  private behind: boolean
  private cursor: Cursor
  private untold: boolean
  private waker: Waker | undefined
  /** Whether the tail is to wake it. */
  private waits = false
  gone = false

  constructor({ tail, after, withStart, onClose }: ReaderOptions<T>) {
    super()
    this.tail = tail
    this.onClose = onClose
    this.index = after === undefined ? tail.end() : tail.indexAfter(after)
    this.behind = this.index === undefined
    this.cursor = after ?? tail.newest()
    this.untold = withStart && after === undefined
  }

  get window(): Window {
    return this.tail
  }
  place(): number | undefined {
    return this.behind || this.untold ? undefined : this.index
  }
  goOn(index: number): boolean {
    const before = this.tail.cursorBefore(index)
    if (before === undefined) return false
    this.index = index
    this.cursor = before
    return true
  }

  take(): Taken<T> | Promise<Taken<T>> {
    const { tail } = this
    if (tail.closed()) return 'done'
    if (this.untold) {
      this.untold = false
      return this.give(tail.startAt(this.cursor))
    }
    if (this.behind) this.meetWindow()
    return this.index === undefined || this.behind ? this.fromPages() : this.fromWindow(this.index)
  }

  listen(waker: Waker): void {
    this.waker = waker
    this.wait()
  }
  wake(): void {
    this.waits = false
    this.waker?.wake()
  }
  close(): void {
    if (this.gone) return
    this.gone = true
    if (this.waits) this.tail.forgetGone()
    this.onClose()
  }

  private wait(): 'wait' {
    if (!this.waits && !this.gone) this.tail.awaitChange(this)
    this.waits = true
    return 'wait'
  }
  private give(item: Item<T>): Taken<T> {
    this.cursor = cursorOf(item)
    return { value: item }
  }

  private fromWindow(at: number): Taken<T> | Promise<Taken<T>> {
    const { tail } = this
    const held = tail.at(at)
    if (!held && at === tail.end()) return this.wait()
    if (tail.tooFarBehind(at)) throw new SlowConsumerError(this.cursor)
    if (!held) {
      this.behind = true
      return this.fromPages()
    }
    this.index = at + 1
    this.cursor = cursorOf(held.value)
    return held
  }

  private meetWindow(): void {
    const at = this.tail.indexAfter(this.cursor)
    if (at === undefined) return
    this.index = at
    this.behind = false
  }

  private fromPages(): Taken<T> | Promise<Taken<T>> {
    const { tail, index, cursor } = this
    if (index !== undefined && tail.tooFarBehind(index)) throw new SlowConsumerError(cursor)
    const item = tail.pages.next(cursor)
    return item ? this.pass(item) : this.fromRedis()
  }

  /** Gives an item of a page. After a gap it is unknown how far behind the window it is. */
  private pass(item: Item<T>): Taken<T> {
    if (this.index !== undefined) this.index = isGap(item) ? undefined : this.index + 1
    return this.give(item)
  }

  private async fromRedis(): Promise<Taken<T>> {
    const { tail } = this
    this.wait() // what changes meanwhile is to be taken after it
    try {
      const read = await tail.pages.read(this.cursor)
      if ('item' in read) return this.pass(read.item)
      this.cursor = read.newest // another one only when it asked from the beginning, and no event has come yet
      await tail.catchUp() // nothing after it in Redis, and unknown to the window: then the window is behind
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'STORE_UNAVAILABLE') throw error
      tail.repair() // and it will wake
      return this.wait()
    }
    return this.take()
  }
}
