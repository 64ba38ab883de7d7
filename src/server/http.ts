import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { actorOf } from '../auth/actor.ts'
import { Readable } from 'node:stream'
import { credentialOf, type Authenticate } from '../auth/authenticate.ts'
import {
  edgeNodeOf,
  IN_NO_TENANT,
  projectOf,
  scopesOf,
  unauthenticated,
  type Viewer,
} from '../auth/viewer.ts'
import type { ServerContext, Yoga } from '../graphql/context.ts'
import { expectedError } from '../graphql/errors.ts'
import type { Rates } from '../graphql/limits/rates.ts'
import type { Accepts } from '../platform/http/accept.ts'
import { ClientGone, readBody } from '../platform/http/body.ts'
import type { HeldTo } from '../ingest/hold.ts'
import type { IngestRoute } from '../ingest/route.ts'
import { refusePacked } from '../platform/http/content.ts'
import { AppError } from '../platform/errors.ts'
import { uuidv7 } from '../platform/ids.ts'
import { utf8Fault } from '../platform/utf8.ts'
import type { Logger } from '../platform/logger.ts'
import { sendAnswer } from './answer.ts'
import { refuseForms, type OriginPolicy } from './origins.ts'
import type { Graphiql } from './graphiql.ts'
import type { Health } from './health.ts'
import type { OpenSessions } from './open-sessions.ts'
import { httpTimeouts, type Timeouts } from './timeouts.ts'
import { plainAnswer, refuse } from './refusal.ts'
import { cutIfStalled, cutIfUnread } from './unread.ts'
import { addressOf, normalize, refuseBadAddress, requestIdOf, sourceOf, urlOf } from './request.ts'

export type HttpDeps = {
  /** False in a process that only stores rows: it answers health checks and nothing else. */
  serves: boolean
  yoga: Yoga
  ingestRoute: IngestRoute
  health: Health
  authenticate: Authenticate
  /** The same again for a request whose body has come: it is no other use of a key. */
  lookAgain: Authenticate
  sessions: OpenSessions
  /** The page for browsers; undefined where GraphiQL is turned off. */
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

/** What a browser's EventSource sends when it comes back. */
const lastEventIdOf = ({ headers }: IncomingMessage): string | undefined =>
  [headers['last-event-id']].flat()[0] || undefined

/** Reads a body before Yoga does, which would take any bytes and put U+FFFD where they are not UTF-8. */
const readText = async (request: IncomingMessage, maxBytes: number): Promise<void> => {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (length === undefined && encoding === undefined)
    throw new AppError('BAD_REQUEST', 'Send a body: a POST needs one.')
  if (Number(length) > maxBytes)
    throw new AppError('PAYLOAD_TOO_LARGE', `A request has at most ${maxBytes} bytes.`)
  const body = await readBody(request, maxBytes)
  if (body.length === 0) throw new AppError('BAD_REQUEST', 'The body is empty.')
  const fault = utf8Fault(body)
  if (fault !== undefined) throw new AppError('BAD_REQUEST', `The body is not text: ${fault}.`)
  // Where Yoga looks for a body that was read already. As a stream: of a buffer it would list all bytes as
  // keys.
  Object.assign(request, { body: Readable.from([body], { objectMode: false }) })
}

/** The answer to bytes that are not an HTTP request, by the code of the parser's error. */
const unreadable = (code: string | undefined): { status: number; refusal: AppError } => {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, refusal: new AppError('TIMED_OUT', 'The request took too long to arrive.') }
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, refusal: new AppError('BAD_REQUEST', 'The headers are too long.') }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, refusal: new AppError('PAYLOAD_TOO_LARGE', 'The chunk extensions are too long.') }
    default:
      return { status: 400, refusal: new AppError('BAD_REQUEST', 'This is not an HTTP request.') }
  }
}

/** The one HTTP server: routes by path, gives each request its id and its viewer. */
export const createHttp = (deps: HttpDeps): Server => {
  const {
    serves,
    yoga,
    ingestRoute,
    health,
    authenticate,
    lookAgain,
    sessions,
    graphiql,
    maxBodyBytes,
    log,
  } = deps
  const { stopping, originPolicy, rates, proxyHops, timeouts } = deps

  const graphql = async (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    accepts: Accepts,
  ): Promise<void> => {
    refuseBadAddress(request)
    const posted = request.method === 'POST'
    if (posted) {
      refuseForms(request)
      refusePacked(request.headers)
    }
    const credential = credentialOf(request.headers)
    let viewer: Viewer = await authenticate(credential)
    if (posted) {
      await readText(request, maxBodyBytes) // not waited for where the key is refused
      viewer = await lookAgain(credential) // a body may take a minute, and a key be revoked meanwhile
    }
    if (response.destroyed || response.closed) throw new ClientGone() // it would not close again
    // A stream ends when its key does; a plain request that has begun is answered.
    const forget = sessions.add(credential, viewer, () => {
      if (response.headersSent && !response.writableEnded) response.destroy()
    })
    const gone = new AbortController()
    response.once('close', () => {
      forget()
      if (!response.writableFinished) gone.abort()
    })
    if (accepts.events) cutIfStalled(response, stopping, timeouts.stalledMs)
    const context: ServerContext = {
      viewer,
      actor: actorOf(viewer, sourceOf(request, requestId, proxyHops)),
      requestId,
      transport: 'http',
      address: addressOf(request, proxyHops),
      gone: gone.signal,
      lastEventId: accepts.events ? lastEventIdOf(request) : undefined,
      accepts,
      answer: {},
    }
    // Trap: called as a handler of requests, Yoga answers with the stack of whatever fails in its adapter. It is
    // not given the response: it would keep all that it made of the request for as long as a stream is open.
    const answer = await yoga.handleNodeRequest(request, context)
    Object.assign(request, { body: undefined }) // the same for what was read
    await sendAnswer(answer, request, response)
  }

  /** Checks that every request for data has to pass, before its body is read or its key is looked up. */
  const enter = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // The origin first, so that a page of a listed site can read that it sends too much. Preflights have
    // rules of their own.
    if (request.method !== 'OPTIONS') originPolicy.check(request, response)
    await rates.requests?.take(['a', addressOf(request, proxyHops)], 1)
  }

  const route = async (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> => {
    const { url, accepts } = normalize(request)
    const { pathname } = url
    const isPage = request.method === 'GET' && !url.searchParams.has('query') && accepts.page
    if (!serves && !pathname.startsWith('/health/'))
      throw new AppError('NOT_FOUND', 'This process only stores rows (HELIOGRAPH_ROLES); another one serves.')
    if (pathname === '/graphql' || pathname === '/graphql/stream') {
      if (graphiql && pathname === '/graphql' && isPage) {
        await rates.requests?.take(['a', addressOf(request, proxyHops)], 1) // any site may link to the page
        return graphiql().page(request, response)
      }
      await enter(request, response)
      if (originPolicy.preflight(request, response)) return
      return graphql(request, response, requestId, accepts)
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

  /**
   * WebSocket is the only upgrade here; a request that offers another one (curl offers h2c) is answered
   * without it.
   */
  const shouldUpgradeCallback = ({ method, headers }: IncomingMessage): boolean =>
    serves && method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'

  const answering = new WeakMap<Socket, ServerResponse>()
  // A request without a host is refused by `normalize`, with a code.
  const options = { ...httpTimeouts(timeouts), shouldUpgradeCallback, requireHostHeader: false }
  const server = createServer(options, (request, response) => {
    const requestId = requestIdOf(request)
    response.setHeader('x-request-id', requestId)
    originPolicy.setSafeHeaders(response)
    answering.set(request.socket, response)
    cutIfUnread(response, timeouts.unreadMs)
    route(request, response, requestId).catch((error: unknown) => {
      if (error instanceof ClientGone) return
      const expected = expectedError(error)
      if (!expected) log.error({ err: error, requestId }, 'a request failed')
      else if (expected.status >= 500)
        log.warn({ requestId, code: expected.code, err: error }, 'a request was refused')
      if (response.headersSent) return response.destroy()
      const answer =
        expected ??
        new AppError('INTERNAL', `Something went wrong on our side. Tell us the request id ${requestId}.`)
      const { pathname } = urlOf(request)
      const form = expected && serves && /^\/graphql(\/stream)?$/.test(pathname) ? 'graphql' : 'plain'
      refuse(request, response, answer, { requestId, form })
    })
  })
  // An unknown expectation may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const response = answering.get(socket)
    const midAnswer = response?.headersSent === true && !response.writableFinished
    if (!socket.writable || midAnswer || error.code === 'ECONNRESET') return socket.destroy()
    const { status, refusal } = unreadable(error.code)
    socket.end(plainAnswer(refusal, uuidv7(), { status }))
    socket.destroySoon()
  })
  return server
}

const heldToOf = (viewer: Viewer): HeldTo | undefined => {
  const [project, edgeNode] = [projectOf(viewer), edgeNodeOf(viewer)]
  if (project !== undefined) return { kind: 'project', value: project }
  return edgeNode === undefined ? undefined : { kind: 'edge node', value: edgeNode }
}

/**
 * The tenant and scopes of a request to ingest, and what its items are held to. Throws UNAUTHENTICATED, and
 * FORBIDDEN without a tenant.
 */
export const authenticateRequest = (authenticate: Authenticate) => async (request: IncomingMessage) => {
  const viewer = await authenticate(credentialOf(request.headers))
  if (viewer.kind === 'anonymous') throw unauthenticated()
  if (viewer.tenant === undefined) throw new AppError('FORBIDDEN', IN_NO_TENANT)
  return { tenant: viewer.tenant, scopes: scopesOf(viewer), heldTo: heldToOf(viewer) }
}
