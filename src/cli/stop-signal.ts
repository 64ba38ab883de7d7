import { constants } from 'node:os'

/**
 * A terminal, npm and systemd each tell the program to stop, and all who do so at once mean one stop: npm
 * hands on the signal that the whole group has had already.
 */
const SAME_MS = 1_000

/**
 * Aborts at the first SIGINT or SIGTERM. One that comes within a second after it is the same one told again;
 * a later one ends the process at once, with 128 and its number as a shell has it: 130 or 143. What this
 * process embeds ends with it (`embedded/watchdog.ts`, `embedded/clickhouse.ts`).
 */
export const createStopSignal = (onStop: (signal: NodeJS.Signals) => void): AbortSignal => {
  const stopping = new AbortController()
  let firstMs = 0
  const heard = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (!stopping.signal.aborted) {
      firstMs = performance.now()
      stopping.abort()
      onStop(signal)
    } else if (performance.now() - firstMs >= SAME_MS) process.exit(128 + constants.signals[signal])
  }
  process.on('SIGINT', heard).on('SIGTERM', heard)
  return stopping.signal
}
