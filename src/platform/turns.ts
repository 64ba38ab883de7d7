import { setImmediate as turn } from 'node:timers/promises'

/** Others on this server wait no longer. */
const TURN_MS = 10

/** Work that may be interrupted wherever it yields, and what it answers. */
export type Steps<T> = Generator<undefined, T, undefined>

/** Postgres ends a transaction in which nothing is asked for some seconds. */
const ALIVE_MS = 1_000

/**
 * Does all steps, and lets others have their turn meanwhile: thousands of incidents are held against hundreds of matchers,
 * a body of ingest has 50,000 items. `alive` is called every second of that, for a transaction that stays open.
 */
export const inTurns = async <T>(steps: Steps<T>, alive?: () => Promise<unknown>): Promise<T> => {
  let [sinceMs, aliveMs] = [performance.now(), performance.now()]
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() - sinceMs < TURN_MS) continue
    await turn()
    sinceMs = performance.now()
    if (!alive || sinceMs - aliveMs < ALIVE_MS) continue
    await alive()
    aliveMs = performance.now()
  }
}
