import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { actorOf } from '../auth/actor.ts'
import { Readable } from 'node:stream'
import { credentialOf, type Authenticate } from '../auth/authenticate.ts'
import { projectOf, scopesOf, unauthenticated, type Viewer } from '../auth/viewer.ts'
import type { ServerContext, Yoga } from '../graphql/context.ts'
import { expectedError } from '../graphql/errors.ts'
import type { Rates } from '../graphql/limits/rates.ts'
import { ClientGone, readBody } from '../platform/http/body.ts'
import type { IngestRoute } from '../ingest/route.ts'
import { AppError } from '../platform/errors.ts'
import { uuidv7 } from '../platform/ids.ts'
import type { Logger } from '../platform/logger.ts'
import { refuseForms, type OriginPolicy } from './origins.ts'
import type { Graphiql } from './graphiql.ts'
import type { Health } from './health.ts'
import type { OpenSessions } from './open-sessions.ts'
import { httpTimeouts, type Timeouts } from './timeouts.ts'
import { plainAnswer, refuse } from './refusal.ts'
import { addressOf, requestIdOf, sourceOf, urlOf } from './request.ts'

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
  /** Aborted in a drain, when the sources of live operations end. */
  stopping: AbortSignal
  originPolicy: OriginPolicy
  rates: Pick<Rates, 'requests'>
  proxyHops: number
  timeouts: Timeouts
  log: Logger
}

const wantsPage = ({ method, headers }: IncomingMessage, url: URL): boolean =>
  method === 'GET' && !url.searchParams.has('query') && (headers.accept ?? '').includes('text/html')

const listens = ({ headers }: IncomingMessage): boolean =>
  (headers.accept ?? '').includes('text/event-stream')

/** Holds the limit of a body: by the length that its head tells, else by reading it before anybody else does. */
const limitBody = async (request: IncomingMessage, maxBytes: number): Promise<void> => {
  const { 'content-length': told, 'transfer-encoding': encoding } = request.headers
  const tooLarge = new AppError('PAYLOAD_TOO_LARGE', `A request has at most ${maxBytes} bytes.`)
  if (told !== undefined) {
    if (Number(told) > maxBytes) throw tooLarge
    return
  }
  if (encoding === undefined)
    throw new AppError('BAD_REQUEST', 'Send a body: a POST without one asks nothing.')
  const body = await readBody(request, maxBytes)
  if (body.length === 0) throw new AppError('BAD_REQUEST', 'The body is empty.')
  // Where Yoga looks for a body that was read already. As a buffer it would have all its bytes listed as keys.
  Object.assign(request, { body: Readable.from([body], { objectMode: false }) })
}

/** What to answer to bytes that are no request, by what the parser says of them. */
const unreadable = (code: string | undefined): { status: number; refusal: AppError } => {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, refusal: new AppError('TIMED_OUT', 'The request took too long to arrive.') }
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, refusal: new AppError('BAD_REQUEST', 'The headers are too long.') }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, refusal: new AppError('PAYLOAD_TOO_LARGE', 'The chunk extensions are too long.') }
    default:
      return { status: 400, refusal: new AppError('BAD_REQUEST', 'This is no HTTP request.') }
  }
}

/** In a drain, a stream whose client does not read can't be ended, only cut. */
const cutIfStalled = (response: ServerResponse, stopping: AbortSignal, stalledMs: number): void => {
  let late: NodeJS.Timeout | undefined
  const watch = (): void => {
    late = setTimeout(() => response.writableNeedDrain && response.destroy(), stalledMs)
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
  const { serves, yoga, ingestRoute, health, authenticate, sessions, graphiql, maxBodyBytes, log } = deps
  const { stopping, originPolicy, rates, proxyHops, timeouts } = deps

  const graphql = async (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> => {
    if (request.method === 'POST') {
      refuseForms(request)
      await limitBody(request, maxBodyBytes)
    }
    const credential = credentialOf(request.headers)
    const viewer: Viewer = await authenticate(credential)
    // A stream that outlives its key ends with it; for a plain request this is over before it is ever called.
    const forget = sessions.add(credential, viewer, () => response.destroy())
    const gone = new AbortController()
    response.once('close', () => {
      forget()
      if (!response.writableFinished) gone.abort()
    })
    if (listens(request)) cutIfStalled(response, stopping, timeouts.stalledMs)
    const context: ServerContext = {
      viewer,
      actor: actorOf(viewer, sourceOf(request, requestId, proxyHops)),
      requestId,
      transport: 'http',
      address: addressOf(request, proxyHops),
      gone: gone.signal,
      answer: {},
    }
    await yoga(request, response, context)
  }

  /** What every request for data has to pass, before it is read or its sender looked up. */
  const enter = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // First, so that a page of a listed site can read that it sends too much. A preflight is answered by its own rules.
    if (request.method !== 'OPTIONS') originPolicy.check(request, response)
    await rates.requests?.take(['a', addressOf(request, proxyHops)], 1)
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
      if (graphiql && pathname === '/graphql' && wantsPage(request, url)) {
        await rates.requests?.take(['a', addressOf(request, proxyHops)], 1) // any site may link to the page
        return graphiql().page(response)
      }
      await enter(request, response)
      if (originPolicy.preflight(request, response)) return
      return graphql(request, response, requestId)
    }
    if (pathname === '/health/live') return health.live(response)
    if (pathname === '/health/ready') return health.ready(response)
    const dataset = /^\/ingest\/([^/]+)$/.exec(pathname)?.[1]
    if (dataset !== undefined) {
      await enter(request, response)
      if (originPolicy.preflight(request, response)) return
      return ingestRoute(request, response, dataset, requestId)
    }
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

  /** Of HTTP's upgrades this server knows one; a request that offers another (curl offers h2c) is answered as it is. */
  const shouldUpgradeCallback = ({ method, headers }: IncomingMessage): boolean =>
    serves && method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'

  const answering = new WeakMap<Socket, ServerResponse>()
  const server = createServer({ ...httpTimeouts(timeouts), shouldUpgradeCallback }, (request, response) => {
    const requestId = requestIdOf(request)
    response.setHeader('x-request-id', requestId)
    originPolicy.setSafeHeaders(response)
    answering.set(request.socket, response)
    route(request, response, requestId).catch((error: unknown) => {
      if (error instanceof ClientGone) return
      const expected = expectedError(error)
      if (!expected) log.error({ err: error, requestId }, 'a request failed')
      else if (expected.status >= 500)
        log.warn({ requestId, code: expected.code, err: error }, 'a request was refused')
      if (response.headersSent) return response.destroy()
      const shown =
        expected ??
        new AppError('INTERNAL', `Something went wrong on our side. Tell us the request id ${requestId}.`)
      const { pathname } = urlOf(request)
      const form = expected && serves && /^\/graphql(\/stream)?$/.test(pathname) ? 'graphql' : 'plain'
      refuse(request, response, shown, { requestId, form })
    })
  })
  // An expectation that we don't know may be passed over (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const response = answering.get(socket)
    const speaking = response?.headersSent === true && !response.writableFinished
    if (!socket.writable || speaking || error.code === 'ECONNRESET') return socket.destroy()
    const { status, refusal } = unreadable(error.code)
    socket.end(plainAnswer(refusal, uuidv7(), status))
    socket.destroySoon()
  })
  return server
}

/** For ingest: a viewer with a tenant, or UNAUTHENTICATED. */
export const authenticateRequest = (authenticate: Authenticate) => async (request: IncomingMessage) => {
  const viewer = await authenticate(credentialOf(request.headers))
  if (viewer.kind === 'anonymous') throw unauthenticated()
  if (viewer.tenant === undefined)
    throw new AppError('FORBIDDEN', 'This sign-in acts in no tenant: choose one.')
  return { tenant: viewer.tenant, scopes: scopesOf(viewer), project: projectOf(viewer) }
}
