import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../platform/logger.ts'

const BACKOFF_FIRST_MS = 1_000
const BACKOFF_MAX_MS = 30_000

export type Attempts = {
  /** Tries until it works, with backoff from 1 s to 30 s. False when the signal aborted first. */
  readonly retry: (what: string, signal: AbortSignal, action: () => Promise<void>) => Promise<boolean>
  /**
   * Tries once and says whether it worked. Of a row of failures the first is logged, and then the recovery.
   */
  readonly tryOnce: (what: string, action: () => Promise<void>) => Promise<boolean>
}

/** Waits in real time; resolves early when the signal aborts. */
export const waitFor = async (ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    // The abort is what cuts the wait short, not a failure; the caller looks at the signal.
    if (!signal.aborted) throw error
  }
}

/** The two ways in which the demo survives a failing call: what must not be lost, and what may be late. */
export const createAttempts = (deps: { log: Logger; wait: typeof waitFor }): Attempts => {
  const { log, wait } = deps
  const failing = new Set<string>()

  const retry: Attempts['retry'] = async (what, signal, action) => {
    for (let delayMs = BACKOFF_FIRST_MS; !signal.aborted; delayMs = Math.min(BACKOFF_MAX_MS, delayMs * 2)) {
      try {
        await action()
        return true
      } catch (error) {
        // While the program stops, calls may fail for that reason.
        if (signal.aborted) return false
        log.warn({ what, err: error, retryInMs: delayMs }, 'demo call failed, it is tried again')
        await wait(delayMs, signal)
      }
    }
    return false
  }

  const tryOnce: Attempts['tryOnce'] = async (what, action) => {
    try {
      await action()
      if (failing.delete(what)) log.info({ what }, 'demo call works again')
      return true
    } catch (error) {
      if (!failing.has(what)) log.warn({ what, err: error }, 'demo call failed, the demo goes on without it')
      failing.add(what)
      return false
    }
  }

  return { retry, tryOnce }
}
