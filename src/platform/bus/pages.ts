import type { Cursor } from './cursor.ts'
import type { Entry, TopicLog } from './log.ts'
import type { Item } from './tail.ts'

/**
 * What the readers behind a window read of its tail in Redis. One question at a time, however many they are, and
 * whoever is at the same place shares it with its items. A reader holds nothing of it: what was dropped meanwhile
 * is read again.
 */
export type Pages<T> = {
  /** The item after a cursor, where it was read and is held. The objects are shared. */
  next(cursor: Cursor): Item<T> | undefined
  /**
   * The same from Redis: a Resync where its place can't be proven, and the newest cursor where nothing is after it.
   * Rejects with STORE_UNAVAILABLE.
   */
  read(cursor: Cursor): Promise<Read<T>>
  close(): void
}

type Read<T> = { readonly item: Item<T> } | { readonly newest: Cursor }

export type PagesOptions<T> = {
  readonly unit: string
  readonly log: TopicLog
  /** See `EventTopic`. */
  readonly watchedSeconds: number | undefined
  /** How much is held, in characters of the events' JSON. */
  readonly chars: number
  readonly parse: (entry: Entry) => Item<T>
}

/** By bytes because events differ: a hundred log lines may be ten megabytes. */
const page = { count: 100, bytes: 256_000 }
/** Longer than those who come back together take for it. */
const HOLD_MS = 10_000

export const createPages = <T>({ unit, log, watchedSeconds, chars, parse }: PagesOptions<T>): Pages<T> => {
  /** The item after each cursor. */
  const following = new Map<Cursor, Item<T>>()
  /** What was read at once, oldest first: the cursors whose followers it has. */
  const held: { readonly cursors: readonly Cursor[]; readonly size: number }[] = []
  const asked = new Map<Cursor, Promise<Read<T>>>()
  let size = 0
  let turn: Promise<unknown> = Promise.resolve()
  let forgetting: NodeJS.Timeout | undefined
  let closed = false

  const dropOldest = (): void => {
    for (let oldest = held[0]; oldest && held.length > 1 && size > chars; oldest = held[0]) {
      for (const cursor of oldest.cursors) following.delete(cursor)
      size -= oldest.size
      held.shift()
    }
  }
  const forget = (): void => {
    forgetting = undefined
    following.clear()
    held.length = 0
    size = 0
  }
  const keep = (from: Cursor, entries: readonly Entry[]): void => {
    const cursors: Cursor[] = []
    let [before, own] = [from, 0]
    for (const entry of entries) {
      if (following.has(before)) break // from here on another page has it
      following.set(before, parse(entry))
      cursors.push(before)
      own += entry.text.length
      before = entry.cursor
    }
    held.push({ cursors, size: own })
    size += own
    dropOldest()
    forgetting ??= setTimeout(forget, HOLD_MS).unref()
  }

  const ask = async (from: Cursor): Promise<Read<T>> => {
    const known = following.get(from) // another's question was answered meanwhile
    if (known) return { item: known }
    if (closed) return { newest: from }
    const read = await log.readAfter(unit, from, { ...page, seconds: watchedSeconds })
    if (!read.proven)
      return { item: { resync: { reason: read.trimmed ? 'TRIMMED' : 'LOST', cursor: read.newest } } }
    if (closed || read.entries.length === 0) return { newest: read.newest }
    keep(from, read.entries)
    return { item: following.get(from)! }
  }

  return {
    next: (cursor) => following.get(cursor),
    read: (from) => {
      const shared = asked.get(from)
      if (shared) return shared
      const answer = turn.then(() => ask(from)).finally(() => asked.delete(from))
      asked.set(from, answer)
      turn = answer.catch(() => undefined) // its readers are told
      return answer
    },
    close: () => {
      closed = true
      clearTimeout(forgetting)
      forget()
    },
  }
}
