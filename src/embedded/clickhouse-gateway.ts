import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { ClickHouseError } from '@clickhouse/client'
import { AT_WORK } from '../platform/clickhouse/life.ts'
import type { Logger } from '../platform/logger.ts'
import type { ChdbPool } from './clickhouse.ts'
import type { Statement } from './clickhouse-session.ts'

export type Gateway = {
  /** With user and password, for `createClient({ url })`. */
  readonly url: string
  /** Lets requests under way finish. */
  readonly close: () => Promise<void>
}

/** Parameters of a request that are no settings of the engine. */
const notSettings = new Set(['query', 'database', 'query_id', 'session_id', 'session_timeout', 'role'])

/** What a server has by itself (`http_max_field_value_size`), so that a second program meets the same limit here. */
const MAX_VALUE_BYTES = 128 << 10

class Refusal extends Error {
  readonly status: number
  readonly code: number
  constructor(status: number, code: number, type: string, message: string) {
    super(`Code: ${code}. DB::Exception: ${message} (${type})`)
    this.status = status
    this.code = code
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/** The official client sends basic authentication; curl users like the two headers. */
const givenPassword = ({ headers }: IncomingMessage): string => {
  const basic = /^Basic (\S+)$/.exec(headers.authorization ?? '')?.[1]
  if (basic !== undefined) return Buffer.from(basic, 'base64').toString('utf8').split(':').slice(1).join(':')
  const key = headers['x-clickhouse-key']
  return typeof key === 'string' ? key : ''
}

const decoders = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress }

/** The whole body as text, counted after it was unpacked: a small packed body must not become a huge one. */
const readBody = async (request: IncomingMessage, maxBytes: number): Promise<Buffer> => {
  const encoding = request.headers['content-encoding']
  const chunks: Buffer[] = []
  let size = 0
  const collect = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      size += chunk.length
      if (size > maxBytes)
        throw new Refusal(413, 307, 'TOO_MANY_BYTES', `More than ${maxBytes} bytes were sent.`)
      chunks.push(chunk)
    }
  }
  if (encoding === undefined || encoding === 'identity') await collect(request)
  else if (encoding === 'gzip' || encoding === 'deflate' || encoding === 'br') {
    await pipeline(request, decoders[encoding](), collect)
  } else throw new Refusal(400, 48, 'NOT_IMPLEMENTED', `The encoding ${encoding} is not offered here.`)
  return Buffer.concat(chunks)
}

/** Long parameters, and the query with them, come as a form (`use_multipart_params_auto`); else the body is the query. */
const readQuery = async (
  request: IncomingMessage,
  search: URLSearchParams,
  maxBytes: number,
): Promise<string> => {
  const body = await readBody(request, maxBytes)
  const { 'content-type': type = '' } = request.headers
  if (!type.startsWith('multipart/form-data')) return body.toString('utf8')
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  for (const [name, value] of form) if (typeof value === 'string') search.append(name, value) // no files are sent
  return ''
}

const statementOf = (search: URLSearchParams, body: string): Statement => {
  const settings: Record<string, string> = {}
  const parameters: Record<string, string> = {}
  for (const [name, value] of search) {
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES && name !== 'query')
      throw new Refusal(
        400,
        1000,
        'POCO_EXCEPTION',
        'Poco::Exception. HTML Form Exception: Field value too long',
      )
    if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = value
    else if (!notSettings.has(name)) settings[name] = value
  }
  const query = search.get('query')
  return {
    ...(query === null || query === '' ? { query: body } : body === '' ? { query } : { query, body }),
    database: search.get('database') ?? 'default',
    settings,
    parameters,
  }
}

/** 1002 is ClickHouse's own code for an exception that is none of its known ones. */
const UNKNOWN_EXCEPTION = '1002'

/** The engine's own text, which the client parses: chdb keeps it as the cause of the parsed error. */
const engineText = (error: Error): string => {
  if (error instanceof Refusal) return error.message
  if (error instanceof ClickHouseError) {
    return `Code: ${error.code}. DB::Exception: ${error.message} (${error.type ?? 'UNKNOWN_EXCEPTION'})`
  }
  return `Code: ${UNKNOWN_EXCEPTION}. DB::Exception: ${error.message} (UNKNOWN_EXCEPTION)`
}

const sendError = (response: ServerResponse, error: Error): void => {
  const known = error instanceof Refusal || error instanceof ClickHouseError
  response.statusCode = error instanceof Refusal ? error.status : 500
  response.setHeader('X-ClickHouse-Exception-Code', known ? error.code : UNKNOWN_EXCEPTION)
  response.end(`${engineText(error)}\n`)
}

/**
 * Offers the pool to other processes of this machine in ClickHouse's HTTP protocol, as far as
 * @clickhouse/client uses it: query in the body, in `query` with the rows in the body, or in a form, `database`,
 * `param_*`, settings, error codes, `/ping`. It listens on 127.0.0.1 only and asks for the password on every
 * request but `/ping`.
 */
export const startGateway = async (options: {
  readonly pool: ChdbPool
  readonly password: string
  readonly log: Logger
  /** Largest request, unpacked. The writer's batches are a few MB. */
  readonly maxBodyBytes?: number
}): Promise<Gateway> => {
  const { pool, log, maxBodyBytes = 128 << 20 } = options
  const expected = digest(options.password)
  /** Ids of the requests under way: the engine does not know them. */
  const atWork = new Set<string>()

  const run = async (
    request: IncomingMessage,
    search: URLSearchParams,
    abort_signal: AbortSignal,
  ): Promise<Buffer> => {
    const statement = statementOf(search, await readQuery(request, search, maxBodyBytes))
    // Whoever asks this doubts that he is heard: he gets his answer at once, not behind slow queries.
    if (statement.query.startsWith(AT_WORK))
      return Buffer.from([...atWork].map((id) => `${JSON.stringify({ query_id: id })}\n`).join(''))
    return pool.run({ ...statement, abort_signal })
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://gateway')
    if (url.pathname === '/ping') {
      response.end('Ok.\n')
      return
    }
    if (!timingSafeEqual(digest(givenPassword(request)), expected)) {
      throw new Refusal(403, 516, 'AUTHENTICATION_FAILED', 'Authentication failed: password is incorrect.')
    }
    if (url.pathname !== '/') throw new Refusal(404, 48, 'NOT_IMPLEMENTED', 'There is no such path.')
    const gone = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) gone.abort()
    })
    const queryId = url.searchParams.get('query_id') ?? crypto.randomUUID()
    response.setHeader('X-ClickHouse-Query-Id', queryId)
    atWork.add(queryId)
    const bytes = await run(request, url.searchParams, gone.signal).finally(() => atWork.delete(queryId))
    response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
    response.setHeader('Content-Length', bytes.length)
    response.end(bytes)
  }

  // Parameters and settings travel in the URL, as the official client sends them: more than Node's 16 kB, and as much as
  // a server takes.
  const server = createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.destroyed || response.headersSent) {
        log.debug({ err: error }, 'a ClickHouse client left before its answer')
        response.destroy()
      } else sendError(response, error as Error)
    })
  })
  // Longer than the 2.5 s for which the client keeps an idle socket, so that it never writes to one we are
  // closing.
  server.keepAliveTimeout = 10_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://default:${options.password}@127.0.0.1:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      await closed
    },
  }
}
