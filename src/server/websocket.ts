import type { IncomingMessage, Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { CloseCode, DEPRECATED_GRAPHQL_WS_PROTOCOL, handleProtocols, makeServer } from 'graphql-ws'
import { getOperationAST, GraphQLError } from 'graphql'
import { WebSocketServer, type WebSocket } from 'ws'
import { actorOf } from '../auth/actor.ts'
import { credentialOf, type Authenticate, type Credential } from '../auth/authenticate.ts'
import { anonymous, type Viewer } from '../auth/viewer.ts'
import type { Yoga } from '../graphql/context.ts'
import { expectedError, forWire } from '../graphql/errors.ts'
import type { CostControl } from '../graphql/limits/charge.ts'
import type { Rates } from '../graphql/limits/rates.ts'
import { checkExtensions } from '../graphql/limits/variables.ts'
import { MAX_OPERATIONS } from '../graphql/limits/operations.ts'
import { createTextFrames } from '../graphql/plugins/shared-execution.text.ts'
import { SlowConsumerError } from '../platform/bus/reader.ts'
import { uuidv7 } from '../platform/ids.ts'
import type { Logger } from '../platform/logger.ts'
import { AppError, shuttingDown } from '../platform/errors.ts'
import { RateLimitedError } from '../platform/redis/rate.ts'
import { foreignOrigin, type OriginPolicy } from './origins.ts'
import { createInbox, type Inbox } from './inbox.ts'
import type { OpenSessions } from './open-sessions.ts'
import type { Timeouts } from './timeouts.ts'
import { hangUp, plainAnswer } from './refusal.ts'
import { addressOf, requestIdOf, sourceOf, urlOf } from './request.ts'

export type WebSockets = {
  /** Waits until the live operations were completed, then closes every socket with 1001; ends after 3 s at the latest. */
  close(): Promise<void>
  readonly open: number
}

type Extra = {
  request: IncomingMessage
  socket: WebSocket
  viewer: Viewer
  frames: Frames
  forget: () => void
  address: string
  /** What ends the work on each operation. */
  running: Map<string, AbortController>
  /** Operations that the client waits for, by id. */
  operations: Readonly<Record<string, unknown>>
}
type Frames = ReturnType<typeof createTextFrames>

const PONG = JSON.stringify({ type: 'pong' })
// Completing an operation takes a few turns of the event loop; a socket that takes longer does not read.
const COMPLETE_MS = 1_000
// A client answers a close frame at once; one that has vanished never does.
const CLOSE_MS = 2_000

/** The credential of `connection_init`, else of the upgrade request (programs that can set headers). */
const credentialIn = (
  params: Readonly<Record<string, unknown>> | undefined,
  request: IncomingMessage,
): Credential => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(params ?? {})) {
    if (typeof value === 'string')
      headers[name.toLowerCase() === 'apikey' ? 'x-api-key' : name.toLowerCase()] = value
  }
  return credentialOf(headers) ?? credentialOf(request.headers)
}

/** A refusal as the payload of an `error` message. Throws what is none. */
const refusal = (error: unknown, requestId: string): GraphQLError => {
  if (!(error instanceof AppError)) throw error
  const { code, message, retryAfterSeconds } = error
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  return new GraphQLError(message, { extensions: { code, requestId, ...retry } })
}

const tooMany = (): AppError =>
  new AppError(
    'LIMIT_EXCEEDED',
    `A WebSocket has at most ${MAX_OPERATIONS} operations under way. End one, or open another socket.`,
  )

/** Serves graphql-transport-ws on an upgrade of `/graphql`. The operations run through Yoga: one parse and validation cache for all. */
export const createWebSockets = (deps: {
  http: Server
  yoga: Yoga
  authenticate: Authenticate
  sessions: OpenSessions
  maxPayloadBytes: number
  costControl: CostControl
  originPolicy: OriginPolicy
  rates: Pick<Rates, 'requests'>
  proxyHops: number
  timeouts: Pick<Timeouts, 'connectionInitMs' | 'pingMs'>
  log: Logger
}): WebSockets => {
  const { http, yoga, authenticate, sessions, log, costControl, originPolicy, rates, proxyHops } = deps
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: deps.maxPayloadBytes,
    // Frames are small and shared; compressing each for each socket would cost more than it saves.
    perMessageDeflate: false,
  })

  const protocol = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: deps.timeouts.connectionInitMs,
    onConnect: async ({ connectionParams, extra, subscriptions }) => {
      extra.operations = subscriptions
      const credential = credentialIn(connectionParams, extra.request)
      try {
        extra.viewer = await authenticate(credential)
      } catch (error) {
        const expected = expectedError(error)
        if (!expected) throw error
        log.debug({ err: error }, 'a WebSocket client was refused')
        // A store that is away proves nothing about the key: clients give up at 4403, and come again after 1013.
        if (expected.code !== 'UNAUTHENTICATED') extra.socket.close(1013, 'Try again later')
        return false // closes with 4403, unless it is closed already
      }
      extra.forget = sessions.add(credential, extra.viewer, () =>
        extra.socket.close(CloseCode.Forbidden, 'Forbidden'),
      )
      return true
    },
    onSubscribe: async ({ extra }, id, payload) => {
      const requestId = uuidv7()
      const ending = new AbortController()
      extra.running.set(id, ending)
      const crowded = Object.keys(extra.operations).length > MAX_OPERATIONS // this one is among them; before others come
      try {
        await rates.requests?.take(['a', extra.address], 1)
        if (crowded) throw tooMany()
      } catch (error) {
        return [refusal(error, requestId)]
      }
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        viewer: extra.viewer,
        actor: actorOf(extra.viewer, sourceOf(extra.request, requestId, proxyHops)),
        requestId,
        transport: 'websocket',
        address: extra.address,
        gone: ending.signal,
        answer: {},
        // Not the upgrade request: it is a GET, and Yoga refuses a mutation by GET.
        params: payload,
      })
      let document: ReturnType<typeof parse>
      try {
        document = parse(payload.query)
      } catch (error) {
        if (error instanceof GraphQLError) return [forWire(requestId)(error)]
        throw error
      }
      const errors = validate(schema, document)
      if (errors.length > 0) return (errors as readonly GraphQLError[]).map(forWire(requestId))
      if (!getOperationAST(document, payload.operationName))
        return [forWire(requestId)(new GraphQLError('Could not determine what operation to execute.'))]
      const args = {
        schema,
        document,
        operationName: payload.operationName ?? null,
        variableValues: payload.variables ?? null,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      }
      try {
        checkExtensions(payload.extensions)
        await costControl.charge(args) // here, where a refusal becomes an `error` message
      } catch (error) {
        return [refusal(error, requestId)]
      }
      return args
    },
    // A result that many subscribers share is text already.
    onNext: ({ extra }, _id, _payload, _args, result) => extra.frames.onNext(result),
    // Trap: graphql-ws would tell the client of a stream that fails in the words of whoever threw it. `fail` closes the socket.
    onError: (_context, _id, _payload, [error]) => {
      if (error?.originalError) throw error.originalError
    },
    execute: (args) => (args.rootValue as ReturnType<Yoga['getEnveloped']>).execute(args),
    subscribe: async (args) => {
      const { subscribe } = args.rootValue as ReturnType<Yoga['getEnveloped']>
      return subscribe({ ...args, rootValue: undefined })
    },
  })

  const accept = (socket: WebSocket, request: IncomingMessage): void => {
    const extra: Extra = {
      request,
      socket,
      viewer: anonymous,
      frames: createTextFrames(),
      forget: () => {},
      address: addressOf(request, proxyHops),
      running: new Map(),
      operations: {},
    }
    extras.add(extra)
    let alive = true
    const fail = (error: unknown): void => {
      if (error instanceof SlowConsumerError) return socket.close(4290, error.cursor)
      if (error instanceof RateLimitedError) return socket.close(1013, 'Try again later')
      log.error({ err: error }, 'a WebSocket message could not be handled')
      socket.close(CloseCode.InternalServerError, 'Internal server error')
    }
    let inbox: Inbox | undefined
    // Waiting for the socket is the back pressure: a reader that is slow falls behind in the shared window, not in a queue here.
    const send = (data: string): Promise<void> =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== socket.OPEN) return resolve()
        socket.send(extra.frames.fill(data), (error) => {
          if (socket.isPaused) alive = true // its pong is not read now; but it has taken something
          inbox?.sent()
          return error ? reject(error) : resolve()
        })
      })
    /** Ends the work on operations that the client waits for no more; graphql-ws only forgets them. */
    const forget = (): void => {
      for (const [id, ending] of extra.running) {
        if (id in extra.operations) continue
        ending.abort()
        extra.running.delete(id)
      }
    }
    /** Every ping and pong is a request: they are answered before anybody has said who they are. */
    const count = async (): Promise<void> => void (await rates.requests?.take(['a', extra.address], 1))
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send,
        close: (code, reason) => socket.close(code, reason),
        // Without the payload, which the protocol allows: nobody has this server keep and send what they like.
        onPing: async () => {
          await count()
          await send(PONG)
        },
        onPong: count,
        onMessage: (handle) => {
          inbox = createInbox(socket, async (text) => {
            const done = handle(text).catch(fail)
            forget()
            await done
            forget()
          })
          socket.on('message', inbox.receive)
        },
      },
      extra,
    )
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'))
    socket.on('ping', () => void count().catch(fail))
    socket.on('pong', () => (alive = true))
    pings.set(socket, () => {
      if (!alive) return socket.terminate()
      alive = false
      socket.ping()
    })
    socket.once('close', (code, reason) => {
      extra.forget()
      for (const ending of extra.running.values()) ending.abort()
      extras.delete(extra)
      pings.delete(socket)
      void closed(code, String(reason)).catch(fail)
    })
  }

  let closing = false
  const extras = new Set<Extra>()
  const pings = new Map<WebSocket, () => void>()
  const pinging = setInterval(() => pings.forEach((ping) => ping()), deps.timeouts.pingMs)

  http.on('upgrade', (request, socket, head) => {
    const { pathname } = urlOf(request)
    socket.on('error', (error) => log.debug({ err: error }, 'a client left in the middle of an upgrade'))
    const refuse = (error: AppError): void => hangUp(socket, plainAnswer(error, requestIdOf(request)))
    if (pathname !== '/graphql')
      return refuse(new AppError('NOT_FOUND', 'There is no WebSocket here. It is at /graphql.'))
    if (closing) return refuse(shuttingDown())
    if (!originPolicy.allows(request)) return refuse(foreignOrigin())
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
    if (offered.includes(DEPRECATED_GRAPHQL_WS_PROTOCOL) && offered.length === 1)
      return refuse(new AppError('BAD_REQUEST', 'Use the subprotocol graphql-transport-ws.'))
    const upgrade = async (): Promise<void> => {
      await rates.requests?.take(['a', addressOf(request, proxyHops)], 1)
      if (closing) return refuse(shuttingDown())
      sockets.handleUpgrade(request, socket, head, accept)
    }
    upgrade().catch((error: unknown) => {
      if (error instanceof RateLimitedError) return refuse(error)
      log.error({ err: error }, 'an upgrade failed')
      refuse(new AppError('INTERNAL', 'Something went wrong on our side.'))
    })
  })
  sockets.on('wsClientError', (_error, socket, request) => {
    const error = new AppError('BAD_REQUEST', 'This is no handshake of a WebSocket, version 13.')
    hangUp(socket, plainAnswer(error, requestIdOf(request)))
  })

  return {
    close: async () => {
      closing = true
      clearInterval(pinging)
      const deadline = performance.now() + COMPLETE_MS
      while (
        [...extras].some(({ operations }) => Object.keys(operations).length > 0) &&
        performance.now() < deadline
      )
        await pause(5)
      const all = [...sockets.clients]
      const gone = all.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
      for (const socket of all) socket.close(1001, 'Going away')
      const late = setTimeout(() => all.forEach((socket) => socket.terminate()), CLOSE_MS)
      await Promise.all(gone)
      clearTimeout(late)
    },
    get open() {
      return sockets.clients.size
    },
  }
}
