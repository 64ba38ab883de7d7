import { setImmediate as turn } from 'node:timers/promises'

/** Others on this server wait no longer. */
const TURN_MS = 10

/** Work that may be interrupted wherever it yields, and what it answers. */
export type Steps<T> = Generator<undefined, T, undefined>

/** Does all steps, and lets others have their turn meanwhile: thousands of incidents are held against hundreds of matchers. */
export const inTurns = async <T>(steps: Steps<T>): Promise<T> => {
  let sinceMs = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() - sinceMs < TURN_MS) continue
    await turn()
    sinceMs = performance.now()
  }
}
