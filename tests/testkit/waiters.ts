import { setTimeout as pause } from 'node:timers/promises'

/** How long a test waits for what takes milliseconds on a machine that is not full of other tests. */
const PATIENCE_MS = 30_000

/**
 * Asks again until the answer is there, every `everyMs`: an error thrown by `ask` means "not yet". Fails with
 * the last one after `timeoutMs`.
 */
export const eventually = async <T>(
  ask: () => T | Promise<T>,
  timeoutMs = PATIENCE_MS,
  everyMs = 20,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await pause(everyMs)
    }
  }
}

/**
 * Asks again until the answer is neither undefined nor false, and gives it; an error ends the wait. Fails
 * with `what` after `timeoutMs`.
 */
export const until = async <T>(
  condition: () => T | Promise<T>,
  { what = condition.toString(), timeoutMs = PATIENCE_MS } = {},
): Promise<Exclude<T, undefined | false>> => {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`)
    await pause(10)
  }
}

/** Waits for a promise, at most `timeoutMs`. */
export const settled = async <T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> => {
  const timer = new AbortController()
  const late = pause(timeoutMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} did not happen within ${timeoutMs} ms`)
  })
  late.catch(() => undefined) // aborted when the promise was first
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
  }
}

/** Resolves when the number has stood still for half a second of asking. */
export const standsStill = async (read: () => number): Promise<number> => {
  let [last, since] = [-1, performance.now()]
  return eventually(() => {
    const now = read()
    if (now !== last) [last, since] = [now, performance.now()]
    if (now === 0 || performance.now() - since < 500) throw new Error(`still moving, at ${now}`)
    return now
  })
}
