import { wakeAll, type Waker } from '../iterate/pull.ts'
import type { Logger } from '../logger.ts'
import { beginning, type Cursor } from './cursor.ts'
import type { Channels } from './channels.ts'
import type { Entry, TopicLog } from './log.ts'
import { createPages, type Pages } from './pages.ts'

/**
 * Why nothing is known of what was before: the tail no longer holds the place (TRIMMED), Redis lost data
 * (LOST), an event is of a form that this process can't read (UNREADABLE), or the reader begins here
 * (STARTED). The reader loads the state again and goes on from `cursor`.
 */
export type Resync = { readonly resync: { readonly reason: ResyncReason; readonly cursor: Cursor } }
export type ResyncReason = 'TRIMMED' | 'LOST' | 'UNREADABLE' | 'STARTED'
export type Event<T> = { readonly cursor: Cursor; readonly payload: T }
/**
 * What a subscriber gets. The objects are shared by all subscribers of the process and must not be changed.
 */
export type Item<T> = Event<T> | Resync

export const cursorOf = (item: Item<unknown>): Cursor => ('resync' in item ? item.resync.cursor : item.cursor)

export type TailLimits = {
  /** Events kept in memory for one topic of one tenant. */
  readonly events: number
  /**
   * The same in characters of their JSON, because events differ in size. As much again of what those behind the
   * window read, while they do.
   */
  readonly chars: number
  /**
   * How many events a connected reader may be behind before it is closed as slow. Between this and the window
   * it reads for itself from Redis, so that one burst closes nobody.
   */
  readonly behind: number
}

/** A reader that has taken all there was. */
export type Waiting = Waker & { readonly gone: boolean }

/** A bounded window on one topic of one tenant, kept by one process while it has subscribers. */
export type Tail<T> = {
  /** Resolves when the topic is joined and the place in it is known. */
  readonly ready: Promise<void>
  closed(): boolean
  /** The newest cursor that this window knows. */
  newest(): Cursor
  /** Index of the oldest item held. Indexes count from the start of this tail and never repeat. */
  first(): number
  /** Index after the newest item. */
  end(): number
  /** The item at an index from `first()` on, below `end()`: one object for all readers. */
  at(index: number): { readonly value: Item<T> } | undefined
  /** The cursor before a place in the window. */
  cursorBefore(index: number): Cursor | undefined
  /**
   * Whether a reader at this index, in the window or behind it, is too slow. What came by `catchUp` counts for
   * nobody: after an outage all are behind.
   */
  tooFarBehind(index: number): boolean
  /** The index after a cursor, when the window knows that place. */
  indexAfter(cursor: Cursor): number | undefined
  /** Reads what Redis has and this window has not. */
  catchUp(): Promise<void>
  /** The same, again and again until it has; then the readers are woken, also for nothing new. */
  repair(): void
  /** For readers that are behind the window. */
  readonly pages: Pages<T>
  /** What a reader that begins at this cursor is told first: one object for all who begin there. */
  startAt(cursor: Cursor): Resync
  /** Wakes this reader at the next change, once. Not called again before. */
  awaitChange(reader: Waiting): void
  /** One that awaits a change has gone. */
  forgetGone(): void
  close(): void
}

export type TailOptions<T> = {
  readonly unit: string
  readonly log: TopicLog
  readonly channels: Channels
  readonly logger: Logger
  readonly limits: TailLimits
  /** For a tail that lasts only so long after its last subscriber: see `EventTopic`. */
  readonly watchedSeconds?: number | undefined
  /** Throws when the text is not a payload of the topic. */
  readonly read: (text: string) => T
}

type Held<T> = { readonly value: Item<T>; readonly chars: number }

/** Larger than the pages of those behind: it is read once for all readers. By bytes too, because events differ. */
const page = { count: 500, bytes: 1_000_000 }

/** Joins first and reads its place second, so that nothing falls in between. */
export const createTail = <T>(options: TailOptions<T>): Tail<T> => {
  const { unit, log, channels, logger, limits, watchedSeconds } = options
  /** The others are awake until they have taken all too. Those that have gone are left out when they are the half. */
  let waiting: Waiting[] = []
  let gone = 0
  const items = new Map<number, Held<T>>()
  let chars = 0
  let first = 0
  let end = 0
  let caughtUpTo = 0
  /** Index after each cursor of the window, and after the one before its oldest item (`floor`). */
  const places = new Map<Cursor, number>()
  let floor: Cursor = beginning
  let last: Cursor | undefined
  let closed = false
  let leave: (() => void) | undefined
  let filling: Promise<void> | undefined
  let again = false
  let retry: NodeJS.Timeout | undefined
  let start: Resync | undefined

  const parse = ({ cursor, text }: Entry): Item<T> => {
    try {
      return { cursor, payload: options.read(text) }
    } catch (error) {
      logger.error({ err: error, unit, cursor }, 'an event of the tail can not be read')
      return { resync: { reason: 'UNREADABLE', cursor } }
    }
  }

  const pages = createPages({ unit, log, watchedSeconds, chars: limits.chars, parse })

  const dropOldest = (): void => {
    const oldest = items.get(first)
    if (!oldest) return
    if (places.get(floor) === first) places.delete(floor)
    floor = cursorOf(oldest.value)
    chars -= oldest.chars
    items.delete(first++)
  }
  const push = (value: Item<T>, size: number): void => {
    last = cursorOf(value)
    items.set(end++, { value, chars: size })
    places.set(last, end)
    chars += size
    while (items.size > 1 && (items.size > limits.events || chars > limits.chars)) dropOldest()
  }
  const wakeWaiting = (): void => {
    const woken = waiting
    waiting = []
    gone = 0
    wakeAll(woken)
  }

  /** True when there is more to read. */
  const fillOnce = async (after: Cursor): Promise<boolean> => {
    again = false
    const read = await log.readAfter(unit, after, { ...page, seconds: watchedSeconds, given: true })
    if (closed) return false
    if (read.proven) for (const entry of read.entries) push(parse(entry), entry.text.length)
    else push({ resync: { reason: read.trimmed ? 'TRIMMED' : 'LOST', cursor: read.newest } }, 0)
    caughtUpTo = end
    wakeWaiting()
    return again || (read.proven && read.more)
  }
  const isAsked = (): boolean => again
  const fill = async (from: Cursor): Promise<void> => {
    try {
      let after = from
      while ((await fillOnce(after)) || isAsked()) after = last ?? from
    } finally {
      // Here and not in a later microtask, as the question above: a request in between would be given a reading that is over.
      filling = undefined
    }
  }
  const catchUp = (): Promise<void> => {
    if (closed || last === undefined) return Promise.resolve()
    again = true
    filling ??= fill(last)
    return filling
  }
  const repair = (): void => {
    catchUp().catch((error: unknown) => {
      logger.debug({ err: error, unit }, 'the tail could not be read; trying again')
      // Not only at the reconnection: it may be the other connection, the one for commands, that failed.
      if (!closed) retry ??= setTimeout(onRetry, 500).unref()
    })
  }
  const onRetry = (): void => {
    retry = undefined
    repair()
  }

  const onMessage = (text: string): void => {
    if (last === undefined || closed) return
    const afterCursor = text.indexOf(' ')
    const afterPrev = text.indexOf(' ', afterCursor + 1)
    const cursor = text.slice(0, afterCursor)
    if (places.has(cursor)) return
    if (filling || text.slice(afterCursor + 1, afterPrev) !== last) return repair()
    const payload = text.slice(afterPrev + 1)
    push(parse({ cursor, text: payload }), payload.length)
    wakeWaiting()
  }

  const join = async (): Promise<void> => {
    const left = await channels.listen(log.channel(unit), onMessage)
    if (closed) return left()
    leave = left
    const newest = await log.newest(unit, watchedSeconds)
    last = newest
    floor = newest
    places.set(newest, 0)
    // A message that came between the subscription and the position was dropped: it may be after the
    // position.
    await catchUp()
  }
  const forget = channels.onReconnect(repair)
  /** A tail that was forgotten meanwhile is found out by the readers: their place is gone. */
  const watch = (): void => {
    log.newest(unit, watchedSeconds).catch((error: unknown) => {
      logger.debug({ err: error, unit }, 'the tail could not be kept; trying again')
    })
  }
  const watching =
    watchedSeconds === undefined ? undefined : setInterval(watch, (watchedSeconds * 1000) / 10).unref()

  const ready = join()
  ready.catch(() => undefined) // each subscriber awaits it and is told; this handler is for when none is left
  return {
    ready,
    closed: () => closed,
    newest: () => last ?? beginning,
    first: () => first,
    end: () => end,
    at: (index) => items.get(index),
    cursorBefore: (index) => {
      const before = items.get(index - 1)
      return before ? cursorOf(before.value) : index === first ? floor : undefined
    },
    tooFarBehind: (index) => index >= caughtUpTo && end - index > limits.behind,
    indexAfter: (cursor) => places.get(cursor),
    catchUp,
    repair,
    pages,
    startAt: (cursor) => {
      if (start?.resync.cursor !== cursor) start = { resync: { reason: 'STARTED', cursor } }
      return start
    },
    awaitChange: (reader) => void waiting.push(reader),
    forgetGone: () => {
      gone += 1
      if (gone * 2 < waiting.length) return
      waiting = waiting.filter((reader) => !reader.gone)
      gone = 0
    },
    close: () => {
      closed = true
      clearTimeout(retry)
      clearInterval(watching)
      forget()
      pages.close()
      leave?.()
      wakeWaiting()
    },
  }
}
