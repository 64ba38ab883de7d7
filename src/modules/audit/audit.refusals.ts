import { programActor, type Actor } from '../../auth/actor.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { UnaskedEntry } from './audit.append.ts'
import { createChainQueues } from './audit.queues.ts'

export type RefusedEntry = UnaskedEntry & Required<Pick<UnaskedEntry, 'outcome' | 'code'>>
/** Writes a row. Never rejects. */
type Write = (chain: TenantId, entry: RefusedEntry) => Promise<void>

/**
 * Rows of what one actor is refused in a minute: a person makes a few, a program that tries again and again makes
 * thousands, and each waits for the one before, as do the changes of the tenant.
 */
const MOST = 1_000
const WINDOW_MS = 60_000
/** Rows that wait for those before them in one chain; beyond, they are counted too. */
const MOST_WAITING = 1_000
/** Whose name stands at how many more there were of several actors, some of whom have not signed in. */
const counting = programActor('audit')

type Window = {
  readonly chain: TenantId
  rows: number
  more: number
  last: RefusedEntry
  readonly end: () => Promise<void>
}

/**
 * What was denied or failed, on its way into a chain: so many rows of one actor in a minute, and then one that says how
 * many more there were. Who has not signed in is bounded by the rates and throttles, and not here.
 */
export const createRefusals = (write: Write) => {
  const windows = new Map<string, Window>()
  /** Rows of one chain wait for each other anyway, and so they take one connection. */
  const queues = createChainQueues()

  const begin = (key: string, chain: TenantId, entry: RefusedEntry): Window => {
    const end = async (): Promise<void> => {
      if (windows.get(key) !== window) return // both its time and a stop end it
      clearTimeout(timer)
      windows.delete(key)
      const { more, last } = window
      if (more === 0) return
      const { actor, action, outcome, code } = last
      await write(chain, { actor, action, outcome, code, after: { more } })
    }
    const timer = setTimeout(() => queues.add(chain, end), WINDOW_MS).unref()
    const window: Window = { chain, rows: 0, more: 0, last: entry, end }
    windows.set(key, window)
    return window
  }

  const count = (window: Window, entry: RefusedEntry): void => {
    window.last = entry
    window.more += 1
  }

  const add = async (chain: TenantId, entry: RefusedEntry): Promise<void> => {
    const key = keyOf(chain, entry.actor)
    if (key === undefined) return write(chain, entry)
    const window = windows.get(key) ?? begin(key, chain, entry)
    if (window.rows >= MOST) return count(window, entry)
    window.last = entry
    window.rows += 1
    await write(chain, entry)
  }

  return {
    add,
    /** The same, and nobody waits for it: how long it takes would tell whose account it was. */
    addLater: (chain: TenantId, entry: RefusedEntry): void => {
      if (queues.waiting(chain) < MOST_WAITING) return queues.add(chain, () => add(chain, entry))
      const own = windows.get(keyOf(chain, entry.actor) ?? '')
      if (own) return count(own, entry)
      const counted = { ...entry, actor: counting }
      count(windows.get(chain) ?? begin(chain, chain, counted), counted)
    },
    /** Resolves when all of it is written, also how many more there were, or after so long: with how many rows are lost. */
    drained: (timeoutMs: number): Promise<number> => {
      for (const { chain, more, end } of windows.values())
        if (more > 0 || queues.waiting(chain) > 0) queues.add(chain, end)
      return queues.drained(timeoutMs)
    },
  }
}

const keyOf = (chain: TenantId, { kind, id }: Actor): string | undefined =>
  id === null ? undefined : `${chain} ${kind} ${id}`
