/** Milliseconds of each turn of the event loop that are given to those who come in, while others wait. */
const BUDGET_MS = 3

/**
 * Lets in one after the other, for a few milliseconds a turn: thousands of sockets that come back at once take
 * turns with each other, and with all that the program does besides.
 */
export const createTurnstile = (budgetMs = BUDGET_MS) => {
  let waiting: (() => void)[] = []
  let endsAt = -Infinity
  let letting = false
  /** Whether this turn of the event loop has its budget already. */
  let begun = false

  const begin = (): void => {
    if (begun) return
    begun = true
    endsAt = performance.now() + budgetMs
    setImmediate(() => (begun = false))
  }
  const letIn = async (): Promise<void> => {
    letting = true
    let next = 0
    while (next < waiting.length && performance.now() < endsAt) {
      waiting[next++]!()
      await Promise.resolve() // whoever was let in goes on before it is asked how late it is
    }
    waiting = waiting.slice(next)
    if (waiting.length > 0) setImmediate(goOn)
    else letting = false
  }
  const goOn = (): void => {
    begin()
    void letIn()
  }

  return {
    /** Resolves when it is its turn: at once where nobody waits. */
    enter: (): Promise<void> =>
      new Promise((resolve) => {
        waiting.push(resolve)
        if (!letting) goOn()
      }),
  }
}
export type Turnstile = ReturnType<typeof createTurnstile>
