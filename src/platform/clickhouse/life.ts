import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client'
import { createWatch, type Watched } from '../watch.ts'

export type ClickHouseLife = {
  /**
   * Watches a statement until `end`; `heard` says that a part of its answer came. `drop` is called when its
   * connection is dead.
   */
  begin(queryId: string, drop: (error: Error) => void): { heard(): void; end(): void }
  close(): Promise<void>
}

/** Which of our own statements the server works on. The embedded server answers this text by itself. */
export const AT_WORK = 'SELECT query_id FROM system.processes WHERE user = currentUser()'

type Life = Watched & { readonly queryId: string }

/**
 * Finds statements that wait for an answer that will never come. A server says nothing while it works, so it
 * is asked over a new connection, by `client`, which keeps none: a slow query is not a dead connection. Idle
 * sockets need no watching, as the client closes them after 2.5 s.
 */
export const watchClickHouse = (deps: {
  readonly client: ClickHouseClient
  readonly silenceMs: number
  /** Statements that have a connection at a time. Of those that wait for one the server can't know. */
  readonly connections: number
}): ClickHouseLife => {
  const { client, silenceMs, connections } = deps
  const underWay = new Set<string>()
  // Node gives connections in the order in which they were asked for, so the oldest have them.
  const hasConnection = (queryId: string): boolean => [...underWay.keys().take(connections)].includes(queryId)
  const watch = createWatch<Life>({
    silenceMs,
    atWork: async (silent) => {
      const abort_signal = AbortSignal.timeout(silenceMs)
      try {
        const result = await client.query({ query: AT_WORK, format: 'JSONEachRow', abort_signal })
        const rows = await result.json<{ query_id: string }>()
        const atWork = new Set(rows.map(({ query_id }) => query_id))
        return new Set(silent.filter(({ queryId }) => atWork.has(queryId)))
      } catch (error) {
        // It answers, but not this (too many queries, no right to see them): then nothing is known of them.
        if (error instanceof ClickHouseError) return new Set(silent)
        throw error
      }
    },
  })
  return {
    begin: (queryId, drop) => {
      let parts = 0
      underWay.add(queryId)
      const sign = () => (hasConnection(queryId) ? String(parts) : undefined)
      const forget = watch.add({ queryId, sign, drop })
      return {
        heard: () => void (parts += 1),
        end: () => {
          underWay.delete(queryId)
          forget()
        },
      }
    },
    close: async () => {
      watch.close()
      await client.close()
    },
  }
}
