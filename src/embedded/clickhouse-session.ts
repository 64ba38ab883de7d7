import { ClickHouseError, parseError, type DataFormat } from '@clickhouse/client'
import type { ChdbConnection } from 'chdb/connection'

/** One statement as a server would get it: settings, parameters and database belong to it alone. */
export type Statement = {
  readonly query: string
  readonly database: string
  /** The rows of an INSERT, in the format that its query names. */
  readonly body?: string
  readonly settings?: Readonly<Record<string, unknown>>
  /** Values of `{name:Type}`, as text in the form of `formatParameter`. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly abort_signal?: AbortSignal
}

/** Runs one statement; wait for its answer before the next. */
export type Session = (statement: Statement) => Promise<Buffer>

/** What the official client sends for the HTTP layer of a server; the engine refuses them as unknown. */
const httpOnly = new Set([
  'wait_end_of_query',
  'send_progress_in_http_headers',
  'http_response_buffer_size',
  'http_headers_progress_interval_ms',
  'enable_http_compression',
  'http_zlib_compression_level',
  'default_format',
])

/** A string literal of ClickHouse: backslash and quote are the two characters that could end it. */
const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const settingText = (value: unknown): string => {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value === 'boolean') return value ? '1' : '0'
  return literal(String(value))
}

const NAME = /^[A-Za-z_]\w*$/
const checkName = (kind: string, name: string): string => {
  if (NAME.test(name)) return name
  throw new ClickHouseError({ message: `Bad name of a ${kind}`, code: '115', type: 'UNKNOWN_SETTING' })
}

const missingParameter = (name: string) =>
  new ClickHouseError({
    message: `Substitution \`${name}\` is not set.`,
    code: '456',
    type: 'UNKNOWN_QUERY_PARAMETER',
  })

/** chdb throws the ClickHouseError of another copy of the client, for which `instanceof` says no. */
const asClientError = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    const { cause } = error as Error
    throw cause instanceof Error ? parseError(cause.message) : error
  }
}

/** A server does not count parameters to the size of a query, which here they are a part of. */
const MAX_QUERY_BYTES = 16 << 20

/**
 * Runs statements on one chdb connection, one at a time (the caller waits for each), so that nothing of one
 * statement reaches the next. Three traps of chdb are dealt with:
 * - `SET` stays: without a reset a time limit, or worse a deduplication token, would silently apply to later statements.
 * - after a statement that failed in the middle of its answer, the rows it had written stand before the next answer on the
 *   connection, whoever asks, another tenant even.
 * - its own way to bind parameters takes one lock for the whole process (queryBindAsync), so queries with parameters
 *   would never run side by side. `SET param_x` binds them on the connection alone.
 */
export const createSession = (connection: ChdbConnection): Session => {
  let database: string | undefined
  let dirty = new Set<string>()
  const stale = new Set<string>()
  let failed = false
  let begun = false

  /** A statement without an answer takes along what a failed one left. */
  const rinse = async (query: string): Promise<void> => {
    const { stream } = await connection.query({ query })
    for await (const _left of stream as AsyncIterable<Buffer>) continue
    failed = false
  }

  return async (statement) => {
    if (!begun) await asClientError(rinse(`SET max_query_size = ${MAX_QUERY_BYTES}`))
    begun = true
    if (failed) await asClientError(rinse('SELECT 1 FORMAT Null'))
    const { query, body, settings: wanted = {}, parameters: given = {} } = statement
    const values = new Map<string, string>()
    for (const [name, value] of Object.entries(wanted)) {
      if (value !== undefined && !httpOnly.has(name))
        values.set(checkName('setting', name), settingText(value))
    }
    const set = [...values].map(([name, value]) => `${name}=${value}`)
    for (const name of dirty) if (!values.has(name)) set.push(`${name}=DEFAULT`)
    for (const [name, value] of Object.entries(given)) {
      set.push(`param_${checkName('parameter', name)}=${literal(value)}`)
    }
    // A parameter can't be unset: one that an earlier statement left must not stand in for one that is
    // missing here.
    for (const name of stale) {
      if (!(name in given) && new RegExp(`\\{\\s*${name}\\s*:`).test(query)) throw missingParameter(name)
    }
    const before = [
      ...(database === statement.database ? [] : [`USE \`${statement.database.replaceAll('`', '``')}\`;`]),
      ...(set.length === 0 ? [] : [`SET ${set.join(', ')};`]),
    ]
    // Known only when the statement went well: a failure may have come before or after any part of it.
    database = undefined
    dirty = new Set([...dirty, ...values.keys()])
    for (const name of Object.keys(given)) stale.add(name)
    failed = true

    const text = body === undefined ? query : `${query}\n${body}`
    const format = wanted['default_format']
    const result = await asClientError(
      connection.query({
        query: [...before, text].join(' '),
        // Not a setting of the engine: chdb's own option for answers without a FORMAT.
        clickhouse_settings: {
          default_format: (typeof format === 'string' ? format : 'TabSeparated') as DataFormat,
        },
      }),
    )
    database = statement.database
    dirty = new Set(values.keys())
    const chunks: Buffer[] = []
    for await (const chunk of result.stream as AsyncIterable<Buffer>) chunks.push(chunk)
    failed = false
    return Buffer.concat(chunks)
  }
}
