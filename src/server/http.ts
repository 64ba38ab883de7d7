import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http'
import { credentialOf, type Authenticate } from '../auth/authenticate.ts'
import { unauthenticated, type Viewer } from '../auth/viewer.ts'
import { expectedError } from '../graphql/errors.ts'
import type { SseContext } from '../graphql/plugins/sse.ts'
import type { IngestRoute } from '../ingest/route.ts'
import { AppError } from '../platform/errors.ts'
import { uuidv7 } from '../platform/ids.ts'
import type { Logger } from '../platform/logger.ts'
import type { Graphiql } from './graphiql.ts'
import type { Health } from './health.ts'
import type { OpenSessions } from './open-sessions.ts'
import type { Yoga } from './websocket.ts'

export type HttpDeps = {
  /** False in a process that only stores rows: it answers for its health and for nothing else. */
  serves: boolean
  yoga: Yoga
  ingestRoute: IngestRoute
  health: Health
  authenticate: Authenticate
  sessions: OpenSessions
  /** The page for browsers, or undefined where GraphiQL is off. */
  graphiql: (() => Graphiql) | undefined
  maxBodyBytes: number
  /** Aborted in a drain, when the sources of live operations end: streams of many operations then end too. */
  stopping: AbortSignal
  log: Logger
}

/** The address that was asked for. One that is none leads nowhere: it must not throw, least of all in an event handler. */
export const urlOf = ({ url = '/' }: IncomingMessage): URL =>
  URL.canParse(url, 'http://localhost')
    ? new URL(url, 'http://localhost')
    : new URL('http://localhost/nowhere')

/** A request id of the caller's is kept when it is a plain word, so that it can be followed through several systems. */
const requestIdOf = ({ headers }: IncomingMessage): string => {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.-]{8,128}$/.test(given) ? given : uuidv7()
}

const wantsPage = ({ method, headers }: IncomingMessage, url: URL): boolean =>
  method === 'GET' && !url.searchParams.has('query') && (headers.accept ?? '').includes('text/html')

const refuse = (
  response: ServerResponse,
  error: AppError,
  requestId: string,
  form: 'graphql' | 'plain',
): void => {
  const { code, message, status } = error
  const shown =
    form === 'graphql'
      ? { errors: [{ message, extensions: { code, requestId } }] }
      : { error: { code, message, requestId } }
  const headers: OutgoingHttpHeaders = { 'content-type': 'application/json; charset=utf-8' }
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds)
  // The rest of a body that nobody reads would be taken for the next request.
  if (status === 413) headers.connection = 'close'
  response.writeHead(status, headers)
  response.end(JSON.stringify(shown))
}

// As long as a WebSocket gets to take its last messages and its close.
const STALLED_MS = 3_000

/** In a drain, a stream whose client does not read can't be ended, only cut. */
const cutIfStalled = (response: ServerResponse, stopping: AbortSignal): void => {
  let late: NodeJS.Timeout | undefined
  const watch = (): void => {
    late = setTimeout(() => response.writableNeedDrain && response.destroy(), STALLED_MS)
  }
  if (stopping.aborted) watch()
  else stopping.addEventListener('abort', watch, { once: true })
  response.once('close', () => {
    stopping.removeEventListener('abort', watch)
    clearTimeout(late)
  })
}

/** The one HTTP server: routes by path, gives each request its id and its viewer. */
export const createHttp = (deps: HttpDeps): Server => {
  const { serves, yoga, ingestRoute, health, authenticate, sessions, graphiql, maxBodyBytes, stopping, log } =
    deps

  const graphql = async (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> => {
    if (request.method === 'POST') {
      const length = Number(request.headers['content-length'])
      if (!Number.isInteger(length))
        throw new AppError('BAD_REQUEST', 'Send the length of the body in a Content-Length header.')
      if (length > maxBodyBytes)
        throw new AppError('PAYLOAD_TOO_LARGE', `A request has at most ${maxBodyBytes} bytes.`)
    }
    const credential = credentialOf(request.headers)
    const viewer: Viewer = await authenticate(credential)
    // A stream that outlives its key ends with it; for a plain request this is over before it is ever called.
    const forget = sessions.add(credential, () => response.destroy())
    response.once('close', forget)
    if (urlOf(request).pathname === '/graphql/stream') cutIfStalled(response, stopping)
    const context: SseContext = { viewer, requestId, transport: 'http', stopping }
    await yoga(request, response, context)
  }

  const route = async (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> => {
    const url = urlOf(request)
    const { pathname } = url
    if (!serves && !pathname.startsWith('/health/'))
      throw new AppError('NOT_FOUND', 'This process only stores rows (HELIOGRAPH_ROLES); another one serves.')
    if (pathname === '/graphql' || pathname === '/graphql/stream') {
      if (graphiql && pathname === '/graphql' && wantsPage(request, url)) return graphiql().page(response)
      await graphql(request, response, requestId).catch((error: unknown) => {
        const expected = expectedError(error)
        if (!expected) throw error
        refuse(response, expected, requestId, 'graphql')
      })
      return
    }
    if (pathname === '/health/live') return health.live(response)
    if (pathname === '/health/ready') return health.ready(response)
    const dataset = /^\/ingest\/([^/]+)$/.exec(pathname)?.[1]
    if (dataset !== undefined) return ingestRoute(request, response, dataset, requestId)
    if (graphiql && request.method === 'GET' && (await graphiql().asset(request, response, pathname))) return
    if (pathname === '/') {
      response.writeHead(302, { location: '/graphql' }).end()
      return
    }
    throw new AppError(
      'NOT_FOUND',
      'There is nothing here. The graph is at /graphql, ingest at /ingest/<dataset>.',
    )
  }

  const server = createServer((request, response) => {
    const requestId = requestIdOf(request)
    response.setHeader('x-request-id', requestId)
    route(request, response, requestId).catch((error: unknown) => {
      const expected = expectedError(error)
      if (!expected) log.error({ err: error, requestId }, 'a request failed')
      if (response.headersSent) return response.destroy()
      const shown =
        expected ??
        new AppError('INTERNAL', `Something went wrong on our side. Tell us the request id ${requestId}.`)
      refuse(response, shown, requestId, 'plain')
    })
  })
  // Slow senders: headers within 10 s, the whole request within 60 s (2 MB at 35 kB/s).
  server.headersTimeout = 10_000
  server.requestTimeout = 60_000
  return server
}

/** For ingest: a viewer with a tenant, or UNAUTHENTICATED. */
export const authenticateRequest = (authenticate: Authenticate) => async (request: IncomingMessage) => {
  const viewer = await authenticate(credentialOf(request.headers))
  if (viewer.kind === 'anonymous') throw unauthenticated()
  return viewer
}
