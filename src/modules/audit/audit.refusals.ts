import type { Actor } from '../../auth/actor.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { UnaskedEntry } from './audit.append.ts'

export type RefusedEntry = UnaskedEntry & Required<Pick<UnaskedEntry, 'outcome' | 'code'>>
/** Writes a row. Never rejects. */
type Write = (chain: TenantId, entry: RefusedEntry) => Promise<void>

/**
 * Rows of what one actor is refused in a minute: a person makes a few, a program that tries again and again makes
 * thousands, and each waits for the one before, as do the changes of the tenant.
 */
const MOST = 100
const WINDOW_MS = 60_000

type Window = { rows: number; more: number; last: RefusedEntry; readonly end: () => Promise<void> }

/**
 * What was denied or failed, on its way into a chain: so many rows of one actor in a minute, and then one that says how
 * many more there were. Who has not signed in is bounded by the rates and throttles, and not here.
 */
export const createRefusals = (write: Write) => {
  const windows = new Map<string, Window>()
  /** One after the other: rows of one chain wait for each other anyway, and this takes one connection. */
  let queue = Promise.resolve()

  const begin = (key: string, chain: TenantId, entry: RefusedEntry): Window => {
    const end = async (): Promise<void> => {
      clearTimeout(timer)
      windows.delete(key)
      const { more, last } = window
      if (more === 0) return
      const { actor, action, outcome, code } = last
      await write(chain, { actor, action, outcome, code, after: { more } })
    }
    const timer = setTimeout(() => later(end), WINDOW_MS).unref()
    const window: Window = { rows: 0, more: 0, last: entry, end }
    windows.set(key, window)
    return window
  }

  const later = (work: () => Promise<void>): void => {
    queue = queue.then(work)
  }

  const add = async (chain: TenantId, entry: RefusedEntry): Promise<void> => {
    const key = keyOf(chain, entry.actor)
    if (key === undefined) return write(chain, entry)
    const window = windows.get(key) ?? begin(key, chain, entry)
    window.last = entry
    if (window.rows >= MOST) {
      window.more += 1
      return
    }
    window.rows += 1
    await write(chain, entry)
  }

  return {
    add,
    /** The same, and nobody waits for it: how long it takes would tell whose account it was. */
    addLater: (chain: TenantId, entry: RefusedEntry): void => later(() => add(chain, entry)),
    /** Resolves when all of it is written, also how many more there were. */
    drained: async (): Promise<void> => {
      for (const { end } of windows.values()) later(end)
      await queue
    },
  }
}

const keyOf = (chain: TenantId, { kind, id }: Actor): string | undefined =>
  id === null ? undefined : `${chain} ${kind} ${id}`
