import type { Socket } from 'node:net'
import pg from 'pg'
import { createWatch, type Watched } from '../watch.ts'
import { ownClient } from './client.ts'

/** The parts of node-postgres' client that its public types leave out. */
type Inside = {
  readonly processID: number
  readonly readyForQuery: boolean
  readonly connection: { readonly stream: Socket }
}

const inside = (client: pg.ClientBase): Inside => client as unknown as Inside

type Life = Watched & {
  /** The process of Postgres at the other end; undefined behind a pooler, which tells a number of its own. */
  readonly backend: number | undefined
}

// A process that waits for its client works on nothing: our question is lost on the way there, or its answer
// here.
const AT_WORK = `
  SELECT pid FROM pg_stat_activity
   WHERE pid = ANY($1) AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'`

/**
 * Finds connections that wait for an answer that will never come. While a query runs nothing else can be said
 * on its connection, so a new one is asked what the server works on: a slow query is not a dead connection.
 * Idle ones are not asked, since the pool closes them after 10 s; but where one is dead they are dropped with
 * it, or each would cost somebody a wait to find out.
 */
export const watchPostgres = ({ url, silenceMs }: { url: string; silenceMs: number }) => {
  const ask = async (backends: readonly number[]): Promise<ReadonlySet<number>> => {
    const client = ownClient({
      connectionString: url,
      connectionTimeoutMillis: silenceMs,
      query_timeout: silenceMs,
      application_name: 'heliograph watch',
    })
    try {
      await client.connect()
      const { rows } = await client.query<{ pid: number }>(AT_WORK, [backends])
      return new Set(rows.map(({ pid }) => pid))
    } finally {
      await client.end()
    }
  }

  const idle = new Set<pg.PoolClient>()
  const drop = (client: pg.ClientBase, error: Error): void => {
    for (const each of [client, ...idle]) inside(each).connection.stream.destroy(error)
  }

  const watch = createWatch<Life>({
    silenceMs,
    atWork: async (silent) => {
      try {
        const atWork = await ask(silent.flatMap(({ backend }) => backend ?? []))
        return new Set(silent.filter(({ backend }) => backend === undefined || atWork.has(backend)))
      } catch (error) {
        // It answers, but not this (no connection is left): then nothing is known of the others. 57P.. is
        // a server that went and comes again: what the one before worked on is lost.
        if (error instanceof pg.DatabaseError && !error.code?.startsWith('57P')) return new Set(silent)
        throw error
      }
    },
  })

  return {
    /** Knows from now on which of a pool's connections are idle. */
    follow: (pool: pg.Pool): void => {
      pool.on('release', (_error, client) => void idle.add(client))
      pool.on('acquire', (client) => void idle.delete(client))
      pool.on('remove', (client) => void idle.delete(client))
    },
    /** Watches a new connection until it is closed. */
    add: async (client: pg.ClientBase): Promise<void> => {
      const { connection, processID } = inside(client)
      const { stream } = connection
      const life = {
        backend: processID as number | undefined,
        sign: () =>
          // One that was ended and whose other end does not say so either holds its socket for many minutes.
          inside(client).readyForQuery && !stream.writableEnded
            ? undefined
            : `${stream.bytesRead} ${stream.bytesWritten}`,
        drop: (error: Error) => drop(client, error),
      }
      stream.once('close', watch.add(life))
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      if (rows[0]?.pid !== processID) life.backend = undefined
    },
    close: watch.close,
  }
}
