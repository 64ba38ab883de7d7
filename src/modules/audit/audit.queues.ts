import type { TenantId } from '../../platform/ids.ts'

/** Never rejects. */
type Work = () => Promise<void>

/** Each takes a connection, and requests need most of them. */
const CHAINS_AT_ONCE = 3

/** Rows on their way into chains: one after the other within a chain, and a few chains at once, in turns. */
export const createChainQueues = () => {
  const waiting = new Map<TenantId, Work[]>()
  const busy = new Set<TenantId>()
  let over: PromiseWithResolvers<void> | undefined

  const run = async (chain: TenantId, work: Work): Promise<void> => {
    busy.add(chain)
    await work()
    busy.delete(chain)
    start()
    if (busy.size === 0) over?.resolve()
  }

  const start = (): void => {
    for (const [chain, works] of waiting) {
      if (busy.size >= CHAINS_AT_ONCE) return
      if (busy.has(chain)) continue
      const work = works.shift()!
      waiting.delete(chain)
      if (works.length > 0) waiting.set(chain, works) // behind the other chains
      void run(chain, work)
    }
  }

  return {
    add: (chain: TenantId, work: Work): void => {
      const works = waiting.get(chain)
      if (works) works.push(work)
      else waiting.set(chain, [work])
      start()
    },
    /** How many of a chain wait for the one before. */
    waiting: (chain: TenantId): number => waiting.get(chain)?.length ?? 0,
    /** Resolves when all of it is done, or after so long: with how many are left, which are then forgotten. */
    drained: async (timeoutMs: number): Promise<number> => {
      if (busy.size === 0) return 0
      over = Promise.withResolvers()
      const late = setTimeout(over.resolve, timeoutMs)
      await over.promise
      clearTimeout(late)
      const left = [...waiting.values()].reduce((sum, works) => sum + works.length, busy.size)
      waiting.clear()
      return left
    },
  }
}
