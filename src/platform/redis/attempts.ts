import type { Throttle } from './throttle.ts'
import { asProblem, TooManyAttempts } from '../problems.ts'

/** Counts an attempt. Throws TooManyAttempts. */
export const countAttempt = async (throttle: Throttle, who: string): Promise<void> => {
  const wait = await throttle.take(who)
  if (wait !== undefined) throw new TooManyAttempts(wait)
}

/**
 * Makes an attempt at a secret, which counts under each bound, the first that refuses it ending it. One
 * that could not be made, because too many waited to be hashed, counts under none. Throws TooManyAttempts and
 * what `work` throws.
 */
export const attempt = async <T>(
  bounds: readonly (readonly [throttle: Throttle, who: string])[],
  work: () => Promise<T>,
): Promise<T> => {
  for (const [throttle, who] of bounds) await countAttempt(throttle, who)
  try {
    return await work()
  } catch (error) {
    const problem = asProblem(error)
    if (problem instanceof TooManyAttempts) for (const [throttle, who] of bounds) await throttle.giveBack(who)
    throw problem
  }
}
