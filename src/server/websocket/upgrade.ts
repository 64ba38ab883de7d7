import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { DEPRECATED_GRAPHQL_WS_PROTOCOL, handleProtocols } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import type { Rates } from '../../graphql/limits/rates.ts'
import { AppError, shuttingDown } from '../../platform/errors.ts'
import type { Logger } from '../../platform/logger.ts'
import { RateLimitedError } from '../../platform/redis/rate.ts'
import { foreignOrigin, type OriginPolicy } from '../origins.ts'
import { hangUp, plainAnswer } from '../refusal.ts'
import { addressOf, normalize, requestIdOf } from '../request.ts'
import { LiveSocket } from './socket.ts'
import type { Turnstile } from '../../platform/turnstile.ts'

export type UpgradeDeps = {
  http: Server
  /** Largest message that a client may send. */
  maxPayloadBytes: number
  originPolicy: OriginPolicy
  rates: Pick<Rates, 'requests'>
  turnstile: Turnstile
  proxyHops: number
  /** True in a drain: no upgrade is accepted any more. */
  isClosing: () => boolean
  /** `wire` is what the socket's frames leave over. */
  onSocket: (socket: LiveSocket, wire: Socket, request: IncomingMessage) => void
  log: Logger
}

const refuse = (request: IncomingMessage, socket: Duplex, error: AppError): void =>
  hangUp(socket, plainAnswer(error, requestIdOf(request)))

/** The error that an upgrade is refused with before it is counted; undefined when it may go on. */
const refusalOf = (request: IncomingMessage, { pathname }: URL, deps: UpgradeDeps): AppError | undefined => {
  if (pathname !== '/graphql')
    return new AppError('NOT_FOUND', 'There is no WebSocket here. It is at /graphql.')
  if (deps.isClosing()) return shuttingDown()
  if (!deps.originPolicy.allows(request)) return foreignOrigin()
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  if (offered.length === 1 && offered.includes(DEPRECATED_GRAPHQL_WS_PROTOCOL))
    return new AppError('BAD_REQUEST', 'Use the subprotocol graphql-transport-ws.')
  return undefined
}

/** Upgrades requests for `/graphql` to WebSockets, or refuses them over HTTP. */
export const acceptUpgrades = (deps: UpgradeDeps): void => {
  const { http, rates, turnstile, proxyHops, isClosing, onSocket, log } = deps
  const sockets = new WebSocketServer({
    noServer: true,
    WebSocket: LiveSocket,
    handleProtocols,
    maxPayload: deps.maxPayloadBytes,
    // Frames are small and shared; compressing each for each socket would cost more than it saves.
    perMessageDeflate: false,
    clientTracking: false,
    autoPong: false, // see `Pongs`
  })

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    await rates.requests?.take(['a', addressOf(request, proxyHops)], 1)
    await turnstile.enter()
    if (socket.destroyed) return
    if (isClosing()) return refuse(request, socket, shuttingDown())
    sockets.handleUpgrade(request, socket, head, (accepted) => onSocket(accepted, socket as Socket, request))
  }

  const begin = (request: IncomingMessage): AppError | undefined => {
    try {
      return refusalOf(request, normalize(request).url, deps)
    } catch (error) {
      if (error instanceof AppError) return error
      throw error
    }
  }

  // Not in the listener below: what it closes over stays as long as the socket, and the request is not needed.
  const onError = (error: Error): void =>
    log.debug({ err: error }, 'a client left in the middle of an upgrade')
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', onError)
    const refusal = begin(request)
    if (refusal) return refuse(request, socket, refusal)
    upgrade(request, socket, head).catch((error: unknown) => {
      if (error instanceof RateLimitedError) return refuse(request, socket, error)
      log.error({ err: error }, 'an upgrade failed')
      refuse(request, socket, new AppError('INTERNAL', 'Something went wrong on our side.'))
    })
  })
  sockets.on('wsClientError', (_error, socket, request) =>
    refuse(
      request,
      socket,
      new AppError('BAD_REQUEST', 'This is not a valid handshake of a WebSocket, version 13.'),
    ),
  )
}
