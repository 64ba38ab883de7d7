import type { IncomingMessage } from 'node:http'
import { WebSocket, type RawData } from 'ws'
import { credentialOf, type Credential } from '../../auth/authenticate.ts'
import { addressOf, sourceOf } from '../request.ts'
import type { Session } from './session.ts'

/** What a session keeps of its upgrade request. */
export type Origin = {
  /** The address that its requests count for. */
  readonly counted: string
  readonly address: string | undefined
  readonly userAgent: string | undefined
  readonly credential: Credential
}

export const originOf = (request: IncomingMessage, proxyHops: number): Origin => {
  const { address, userAgent } = sourceOf(request, '', proxyHops)
  const credential = credentialOf(request.headers)
  return { counted: addressOf(request, proxyHops), address, userAgent, credential }
}

/** A WebSocket that knows its session. */
export class LiveSocket extends WebSocket {
  session: Session | undefined
}

const sessionOf = (socket: WebSocket): Session | undefined => (socket as LiveSocket).session

function onMessage(this: WebSocket, data: RawData): void {
  sessionOf(this)?.inbox.receive(data)
}
function onPing(this: WebSocket, data: Buffer): void {
  const session = sessionOf(this)
  session?.life.pinged(data)
  void session?.count()
}
function onPong(this: WebSocket): void {
  sessionOf(this)?.life.note()
}
function onClose(this: WebSocket): void {
  sessionOf(this)?.closed()
}
function onError(this: WebSocket, error: Error): void {
  sessionOf(this)?.broke(error)
}

/** Hands all that comes over a socket to its session; the listeners are the same functions for all sockets. */
export const listenTo = (socket: LiveSocket, session: Session): void => {
  socket.session = session
  socket
    .on('message', onMessage)
    .on('ping', onPing)
    .on('pong', onPong)
    .on('error', onError)
    .on('close', onClose)
}
