/** Milliseconds of each turn of the event loop that are given to those who come in, while others wait. */
const BUDGET_MS = 3

/** For all who need not wait. */
const AT_ONCE = Promise.resolve()

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
  /** Whether somebody who needed not wait has still to go on. */
  let passing = false

  const nextTurn = (): void => void (begun = false)
  const passed = (): void => void (passing = false)
  const begin = (): void => {
    if (begun) return
    begun = true
    endsAt = performance.now() + budgetMs
    setImmediate(nextTurn)
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
  const wait = (resolve: () => void): void => {
    waiting.push(resolve)
    if (!letting) goOn()
  }

  return {
    /** Resolves when it is its turn: at once where nobody waits. */
    enter: (): Promise<void> => {
      begin()
      if (letting || passing || performance.now() >= endsAt) return new Promise(wait)
      passing = true
      void AT_ONCE.then(passed)
      return AT_ONCE
    },
  }
}
export type Turnstile = ReturnType<typeof createTurnstile>
