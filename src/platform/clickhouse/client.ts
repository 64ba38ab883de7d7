import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import {
  ClickHouseLogLevel,
  createClient,
  type ClickHouseClient,
  type ClickHouseSettings,
} from '@clickhouse/client'
import { z } from 'zod'
import { AppError, storeUnavailable } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { SILENCE_MS } from '../watch.ts'
import { brokeOff, timedOut, toAppError } from './errors.ts'
import { watchClickHouse, type ClickHouseLife } from './life.ts'
import { defineQuery, type NamedQuery } from './query.ts'
import { compileSql, sql } from './sql.ts'

export type QueryOptions = {
  /** Ends the wait, and the query on a server. What it throws is the signal's reason. */
  readonly signal?: AbortSignal
  /** Goes into `log_comment`, so that a line of the query log leads back to a request. */
  readonly requestId?: string
  /** Seconds; replaces the limit that the query was declared with. */
  readonly maxSeconds?: number
}

export type ClickHouse = {
  /**
   * All rows, each checked; asked once more when the connection breaks off. Throws AppError STORE_UNAVAILABLE, TIMED_OUT or INTERNAL; never an empty list
   * instead. A query of a tenant that isn't held to its rows (`p.tenant`) is a fault of the program and is
   * not sent: throws TypeError.
   */
  query<Row>(query: NamedQuery<Row>, options?: QueryOptions): Promise<Row[]>
  /**
   * One INSERT of ready lines (JSONCompactEachRow, each ending in a newline, values in the order of
   * `columns`). The same token again within the table's deduplication window changes neither the table nor
   * its rollups. Lines without a row do nothing. Errors as `query`; after INTERNAL the same bytes would fail
   * again.
   */
  insertRows(
    table: string,
    columns: readonly string[],
    lines: Buffer | readonly Buffer[],
    token: string,
  ): Promise<void>
  /** A statement without an answer: migrations and operator commands only. */
  command(statement: string, options?: { readonly maxSeconds?: number }): Promise<void>
  /** Makes the database that the URL names. The embedded store has one from the start. */
  ensureDatabase(): Promise<void>
  /** Resolves when the store answered a real query. Throws as `query`. */
  ping(options?: QueryOptions): Promise<void>
  version(): Promise<string>
  close(): Promise<void>
}

/** A batch of the writer takes well under a second; a minute leaves room for a store that is busy merging. */
const INSERT_MAX_SECONDS = 60
const COMMAND_MAX_SECONDS = 60
/** Statements at a time; the others wait. What @clickhouse/client takes by itself. */
const CONNECTIONS = 10

/** One statement under way: what its request is given, and `heard` for each part of its answer. */
type Call = {
  readonly request: { readonly query_id: string; readonly abort_signal: AbortSignal }
  readonly heard: () => void
}

/**
 * Bytes of memory of one query, as text since a server reads 64 bits; groups and sorted rows beyond the second go to the
 * store's disk. Whoever groups by what is different in each row takes no memory from others, inserts above all.
 */
const QUERY_MEMORY = { most: String(1 << 30), beforeDisk: String(256 << 20) } as const

/** How much longer than the server's own limit this side waits for its answer. */
const GRACE_MS = 2000

/**
 * Every statement sends every one of these. Trap: the in-process engine runs them as `SET`, which stays on
 * its connection, so a setting that one statement leaves out would keep what the statement before it said.
 */
const settings = (
  maxSeconds: number,
  comment: object,
  { token = '', memory }: { readonly token?: string; readonly memory?: typeof QUERY_MEMORY } = {},
): ClickHouseSettings => ({
  max_execution_time: maxSeconds,
  timeout_overflow_mode: 'throw',
  log_comment: JSON.stringify(comment),
  max_memory_usage: memory?.most ?? '0',
  max_bytes_before_external_group_by: memory?.beforeDisk ?? '0',
  max_bytes_before_external_sort: memory?.beforeDisk ?? '0',
  cancel_http_readonly_queries_on_client_close: 1,
  output_format_json_quote_64bit_integers: 1,
  insert_deduplication_token: token,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  // Newer servers buffer small inserts by default; our batches are whole, and acknowledged only when they are
  // stored.
  async_insert: 0,
})

const identifier = /^[a-z_][a-z0-9_]*$/

/**
 * The program's way to ClickHouse, over a server or over the engine in this process: it cannot tell which.
 * `insertClient` takes the inserts, so that on an engine with one query at a time per connection a large
 * insert does not hold up the readers.
 */
export const createClickHouse = (deps: {
  readonly client: ClickHouseClient
  readonly insertClient?: ClickHouseClient
  readonly ensureDatabase?: () => Promise<void>
  /** Finds requests whose connection is dead. The engine in this process has none. */
  readonly life?: ClickHouseLife
  readonly log: Logger
}): ClickHouse => {
  const { client, insertClient = client, life, log } = deps

  /** Runs with a deadline of our own above the server's, so that a server that hangs is TIMED_OUT too. */
  const run = async <T>(
    name: string,
    maxSeconds: number,
    signal: AbortSignal | undefined,
    work: (call: Call) => Promise<T>,
  ): Promise<T> => {
    const deadline = AbortSignal.timeout(maxSeconds * 1000 + GRACE_MS)
    const dead = new AbortController()
    const ends = AbortSignal.any([...(signal ? [signal] : []), deadline, dead.signal])
    const query_id = crypto.randomUUID()
    const watched = life?.begin(query_id, (error) => dead.abort(error))
    try {
      signal?.throwIfAborted()
      return await work({ request: { query_id, abort_signal: ends }, heard: () => watched?.heard() })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      const shown = dead.signal.aborted
        ? storeUnavailable('ClickHouse', dead.signal.reason)
        : deadline.aborted
          ? timedOut(error)
          : toAppError(error)
      log[shown.code === 'INTERNAL' ? 'error' : 'warn'](
        { query: name, code: shown.code, err: error },
        'ClickHouse',
      )
      throw shown
    } finally {
      watched?.end()
    }
  }

  const query: ClickHouse['query'] = async (named, options = {}) => {
    const maxSeconds = options.maxSeconds ?? named.maxSeconds
    const { text, params, tenants } = compileSql(named.sql)
    if (
      named.tenant !== 'operator' &&
      (tenants.length === 0 || tenants.some((each) => each !== named.tenant))
    )
      throw new TypeError(`the query ${named.name} is not held to the rows of its tenant`)
    const comment = { name: named.name, tenant: named.tenant, request: options.requestId }
    const ask = () =>
      run(named.name, maxSeconds, options.signal, async ({ request, heard }) => {
        const result = await client.query({
          ...request,
          query: text,
          query_params: params,
          format: 'JSONEachRow',
          clickhouse_settings: settings(maxSeconds, comment, { memory: QUERY_MEMORY }),
        })
        const rows: unknown[] = []
        for await (const part of result.stream()) {
          heard()
          for (const row of part) rows.push(row.json())
        }
        return z.array(named.row).parse(rows)
      })
    return ask().catch((error: unknown) => {
      if (!brokeOff(error)) throw error
      return ask() // it changes nothing, so that it may be asked again
    })
  }

  const versionQuery = defineQuery({
    name: 'platform.version',
    tenant: 'operator',
    sql: sql`SELECT version() AS version`,
    row: z.object({ version: z.string() }),
    maxSeconds: 3,
  })

  return {
    query,
    async insertRows(table, columns, lines, token) {
      if (![table, ...columns].every((name) => identifier.test(name)))
        throw new TypeError('not an identifier')
      if (token === '') throw new TypeError('an insert needs a deduplication token')
      const chunks = Buffer.isBuffer(lines) ? [lines] : lines
      if (!chunks.some((chunk) => chunk.length > 0)) return
      const name = `insert.${table}`
      await run(name, INSERT_MAX_SECONDS, undefined, async ({ request }) => {
        const { stream } = await insertClient.exec({
          ...request,
          query: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT JSONCompactEachRow`,
          values: Readable.from(chunks, { objectMode: false }),
          clickhouse_settings: {
            ...settings(INSERT_MAX_SECONDS, { name }, { token }),
            // Without it a server may answer 200 before the last block is stored.
            wait_end_of_query: 1,
          },
        })
        await finished(stream.resume())
      })
    },
    async command(statement, { maxSeconds = COMMAND_MAX_SECONDS } = {}) {
      await run('command', maxSeconds, undefined, ({ request }) =>
        insertClient.command({
          ...request,
          query: statement,
          clickhouse_settings: { ...settings(maxSeconds, { name: 'command' }), wait_end_of_query: 1 },
        }),
      )
    },
    ensureDatabase: deps.ensureDatabase ?? (async () => {}),
    async ping(options) {
      await query(versionQuery, options)
    },
    async version() {
      const [row] = await query(versionQuery)
      if (!row) throw new AppError('INTERNAL', 'ClickHouse told no version.')
      return row.version
    },
    async close() {
      await Promise.all([...new Set([client, insertClient])].map((each) => each.close()))
      await life?.close()
    },
  }
}

/**
 * Connects to a server: `http(s)://user:password@host:port/database`. Nothing is sent before the first
 * statement.
 */
export const connectClickHouse = (deps: {
  readonly url: string
  readonly log: Logger
  /** A request that hears nothing for so long is looked after; SILENCE_MS. */
  readonly silenceMs?: number
}): ClickHouse => {
  const url = new URL(deps.url)
  const database = decodeURIComponent(url.pathname.slice(1)) || 'default'
  if (!identifier.test(database)) throw new TypeError('the database name in CLICKHOUSE_URL: a-z, 0-9 and _')
  const options = {
    username: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    // Above every server-side limit: each statement brings its own, shorter deadline.
    request_timeout: 700_000,
    max_open_connections: CONNECTIONS,
    // Long lists go in the body: a server, or a proxy before it, takes only so much in the address.
    use_multipart_params_auto: true,
    // It would print statements to the console; failures are logged here, under the query's name.
    log: { level: ClickHouseLogLevel.OFF },
  }
  url.username = url.password = url.pathname = ''
  const connect = (name: string) => createClient({ ...options, url, database: name })
  const { silenceMs = SILENCE_MS } = deps
  return createClickHouse({
    client: connect(database),
    // A connection for each look: one that was kept may be as dead as those it is asked about.
    life: watchClickHouse({
      client: createClient({ ...options, url, database, keep_alive: { enabled: false } }),
      silenceMs,
      connections: CONNECTIONS,
    }),
    log: deps.log,
    async ensureDatabase() {
      const admin = createClickHouse({ client: connect('default'), log: deps.log })
      try {
        await admin.command(`CREATE DATABASE IF NOT EXISTS ${database}`)
      } finally {
        await admin.close()
      }
    },
  })
}
