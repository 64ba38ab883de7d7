import { Readable } from 'node:stream'
import { isMainThread } from 'node:worker_threads'
import type { ClickHouseClientConfigOptions } from '@clickhouse/client'
import { createChdbConnection, type ChdbConnection } from 'chdb/connection'
import { formatParameter } from './clickhouse-parameters.ts'
import { createSession, type Session, type Statement } from './clickhouse-session.ts'
import { forgetUnfinishedInserts } from './clickhouse-unfinished.ts'
import { makeFolder } from './folder.ts'
import { StartError } from './start-error.ts'

/** What `createClient({ connection })` takes; the client does not export the type by name. */
export type ClientConnection = NonNullable<ClickHouseClientConfigOptions['connection']>

/** Connections of this process to one chdb folder. */
export type ChdbPool = {
  /**
   * For `createClient({ connection })` of @clickhouse/client, which does not hand its `database` option to a
   * given connection: name the database here. Closing the client leaves the pool open.
   */
  readonly connection: (database?: string) => ClientConnection
  /**
   * Runs one statement and gives the bytes of its answer. Throws ClickHouseError, as a server's client does.
   */
  readonly run: (statement: Statement) => Promise<Buffer>
  /** Waits for what runs, then lets the folder go. Nothing else in this process may have it open. */
  readonly close: () => Promise<void>
}

type Call = Parameters<ClientConnection['query']>[0]

type Lane = {
  /** Waits for a connection, runs the statement on it alone, and gives the bytes of the answer. */
  readonly run: (statement: Statement) => Promise<Buffer>
  readonly close: () => Promise<void>
}

/**
 * One queue over some connections: whichever is free takes the next statement, so a long one delays nobody
 * behind it.
 */
const createLane = (connections: readonly ChdbConnection[]): Lane => {
  const free = connections.map((connection) => createSession(connection))
  const waiting: ((session: Session) => void)[] = []
  const closing = Promise.withResolvers<void>()
  const take = async (): Promise<Session> => free.pop() ?? new Promise((resolve) => waiting.push(resolve))
  const giveBack = (session: Session): void => {
    const next = waiting.shift()
    if (next) next(session)
    else if (free.push(session) === connections.length) closing.resolve()
  }
  return {
    async run(statement) {
      const session = await take()
      try {
        statement.abort_signal?.throwIfAborted() // left while it waited
        return await session(statement)
      } finally {
        giveBack(session)
      }
    },
    async close() {
      if (free.length < connections.length) await closing.promise
      for (const connection of connections) await connection.close()
    },
  }
}

/** chdb can't stop a statement: the caller is let go at once, its connection when the engine is done. */
const orAborted = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return work
  const aborted = Promise.withResolvers<never>()
  const leave = () =>
    aborted.reject(signal.reason instanceof Error ? signal.reason : new Error('The query was aborted'))
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', leave)
    work.catch(() => undefined) // its caller may have left with the abort's reason
  }
}

/**
 * All bytes first, then text: a character that is cut by a chunk's end would be broken by decoding chunk by
 * chunk (chdb's own insert does that).
 */
const bodyText = async (values: string | Readable): Promise<string> => {
  if (typeof values === 'string') return values
  const chunks: Buffer[] = []
  for await (const chunk of values as AsyncIterable<Buffer | string>) {
    chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const streamOf = (bytes: Buffer): Readable => {
  const stream = Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false })
  // ResultSet.close() destroys an unread stream with an error that nobody listens for; the bytes are all
  // here.
  stream.on('error', () => undefined)
  return stream
}

/** What the client expects beside an answer; a server would say it in headers. */
const head = (queryId: string | undefined) => ({
  query_id: queryId ?? crypto.randomUUID(),
  response_headers: {},
  http_status_code: 200,
})

const writes = /^\s*(?:--[^\n]*\n\s*)*insert\b/i

/**
 * For an exit while the engine is open: C would destroy the engine's objects under its own threads then, and
 * the process would die of SIGSEGV whatever its exit code. Another program in its place ends without that.
 */
const leave = (code: number): void => {
  process.execve!('/bin/sh', ['sh', '-c', 'exit "$1"', 'sh', String(code)], {})
}

/**
 * Opens the folder with `readers` connections for queries and one for inserts, so that reading never holds up
 * ingest. One chdb connection runs its statements one by one; several run side by side. Each running
 * statement takes a thread of libuv's pool (4 unless UV_THREADPOOL_SIZE says more), which files and DNS need
 * too: keep `readers` below its size minus 2.
 */
export const openChdb = (options: { readonly path: string; readonly readers?: number }): ChdbPool => {
  const { path, readers = 2 } = options
  if (!makeFolder(path, 0o700)) forgetUnfinishedInserts(path)
  const open = (): ChdbConnection => {
    try {
      return createChdbConnection({ path })
    } catch (cause) {
      const said = (cause as Error).message.split('\n')[0]
      throw new StartError(`The embedded ClickHouse can't open ${path}: ${said}`, { cause })
    }
  }
  const reading = createLane(Array.from({ length: readers }, open))
  const writing = createLane([open()])
  let closing: Promise<void> | undefined
  if (isMainThread) process.on('exit', leave) // a worker thread ends alone, and runs no destructors

  const run = async (statement: Statement): Promise<Buffer> => {
    if (closing) throw Object.assign(new Error('The embedded ClickHouse is closed'), { code: 'CHDB_CLOSED' })
    // The engine refuses an INSERT without rows; a server takes it.
    if (statement.body?.trim() === '') return Buffer.alloc(0)
    const lane = writes.test(statement.query) ? writing : reading
    return orAborted(lane.run(statement), statement.abort_signal)
  }

  return {
    run,
    connection(database = 'default') {
      const statement = (params: Call): Statement => ({
        query: params.query,
        database,
        settings: params.clickhouse_settings ?? {},
        parameters: Object.fromEntries(
          Object.entries(params.query_params ?? {}).map(([name, value]) => [name, formatParameter(value)]),
        ),
        ...(params.abort_signal && { abort_signal: params.abort_signal }),
      })
      const insert = async (params: Call, values: string | Readable) =>
        run({ ...statement(params), body: await bodyText(values) })
      return {
        async query(params) {
          return { stream: streamOf(await run(statement(params))), ...head(params.query_id) }
        },
        async command(params) {
          await run(statement(params))
          return head(params.query_id)
        },
        async exec(params) {
          const { values } = params
          const bytes = await (values === undefined ? run(statement(params)) : insert(params, values))
          return { stream: streamOf(bytes), ...head(params.query_id) }
        },
        async insert(params) {
          await insert(params, params.values)
          return head(params.query_id)
        },
        async ping() {
          try {
            await run({ query: 'SELECT 1', database: 'default' })
            return { success: true }
          } catch (error) {
            return { success: false, error: error as Error }
          }
        },
        close: async () => undefined,
      }
    },
    async close() {
      closing ??= Promise.all([reading.close(), writing.close()]).then(() => {
        process.off('exit', leave)
        return undefined
      })
      await closing
    },
  }
}
