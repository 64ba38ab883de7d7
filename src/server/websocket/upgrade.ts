import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Rates } from '../../graphql/limits/rates.ts'
import { AppError, shuttingDown } from '../../platform/errors.ts'
import type { Logger } from '../../platform/logger.ts'
import { foreignOrigin, type OriginPolicy } from '../origins.ts'
import { hangUp, plainAnswer } from '../refusal.ts'
import { normalize, requestIdOf } from '../request.ts'
import type { Turnstile } from '../../platform/turnstile.ts'
import { shakeHands } from './handshake.ts'
import { originOf, type Origin } from './origin.ts'
import { LiveSocket } from './socket.ts'

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
  /** Opens the socket; `head` is what came with its request. */
  onSocket: (socket: LiveSocket, origin: Origin, head: Buffer) => void
  log: Logger
}

/** What a client is to know of a handshake that was refused (RFC 6455, 4.4). */
const VERSION = { 'sec-websocket-version': '13' }

const refuse = (request: IncomingMessage, socket: Duplex, error: AppError): void =>
  hangUp(socket, plainAnswer(error, requestIdOf(request), { headers: VERSION }))

/** Throws the error that an upgrade is refused with before it is counted. */
const refuseEarly = (request: IncomingMessage, deps: UpgradeDeps): void => {
  if (normalize(request).url.pathname !== '/graphql')
    throw new AppError('NOT_FOUND', 'There is no WebSocket here. It is at /graphql.')
  if (deps.isClosing()) throw shuttingDown()
  if (!deps.originPolicy.allows(request)) throw foreignOrigin()
}

/** Upgrades requests for `/graphql` to WebSockets, or refuses them over HTTP. */
export const acceptUpgrades = (deps: UpgradeDeps): void => {
  const { http, rates, turnstile, proxyHops, maxPayloadBytes, isClosing, onSocket, log } = deps

  const upgrade = async (request: IncomingMessage, wire: Socket, head: Buffer): Promise<void> => {
    refuseEarly(request, deps)
    const origin = originOf(request, proxyHops)
    await rates.requests?.take(['a', origin.counted], 1)
    await turnstile.enter()
    if (isClosing()) throw shuttingDown()
    const { answer, protocol } = shakeHands(request)
    // It may have left meanwhile.
    if (!wire.readable || !wire.writable) return void wire.destroy()
    wire.write(answer)
    onSocket(new LiveSocket(wire, protocol, maxPayloadBytes), origin, head)
  }

  // Not in the listener below: what it closes over stays as long as the socket, and the request is not needed.
  const onError = (error: Error): void =>
    log.debug({ err: error }, 'a client left in the middle of an upgrade')
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', onError)
    upgrade(request, socket as Socket, head).catch((error: unknown) => {
      if (error instanceof AppError) return refuse(request, socket, error)
      log.error({ err: error }, 'an upgrade failed')
      refuse(request, socket, new AppError('INTERNAL', 'Something went wrong on our side.'))
    })
  })
}
