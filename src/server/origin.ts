import type { IncomingMessage } from 'node:http'
import { clientAddress, type Origin } from '../auth/actor.ts'

/** From where a request comes; a WebSocket's operations come from where its upgrade came. */
export type OriginOf = (request: IncomingMessage, requestId: string) => Origin

/** `proxies` is TRUST_PROXY: how many proxies stand before the program, whose X-Forwarded-For is believed. */
export const createOriginOf =
  (proxies: number): OriginOf =>
  ({ socket, headers }, requestId) => ({
    address: clientAddress(socket.remoteAddress, headers['x-forwarded-for'], proxies),
    userAgent: headers['user-agent'],
    requestId,
  })
