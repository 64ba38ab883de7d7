import type { Logger } from '../logger.ts'

/** What is told of connections that are lost: one outage is one warning, however many they are. */
export type Outage = {
  lost(connection: string, error?: NodeJS.ErrnoException): void
  /** It is there again, or no longer wanted. */
  over(connection: string): void
  /** The connections that are away. */
  down(): readonly string[]
  /** From now on nothing is told: it is we who end them. */
  close(): void
}

export const createOutage = (log: Logger): Outage => {
  const away = new Set<string>()
  let since = 0
  let closed = false
  return {
    lost: (connection, error) => {
      if (closed || away.has(connection)) return
      if (away.size === 0) {
        since = performance.now()
        log.warn({ connection, code: error?.code }, 'Redis does not answer; trying again until it does')
      }
      away.add(connection)
    },
    over: (connection) => {
      if (away.delete(connection) && away.size === 0)
        log.info({ downMs: Math.round(performance.now() - since) }, 'Redis answers again')
    },
    down: () => [...away],
    close: () => {
      closed = true
    },
  }
}
