import type { IncomingMessage } from 'node:http'
import { clientAddress, type Origin } from '../auth/actor.ts'

/** From where a request comes, behind `proxyHops` proxies; a WebSocket's operations come from where its upgrade came. */
export const originOf = (
  { socket, headers }: IncomingMessage,
  requestId: string,
  proxyHops: number,
): Origin => ({
  address: clientAddress(socket.remoteAddress, headers['x-forwarded-for'], proxyHops),
  userAgent: headers['user-agent'],
  requestId,
})
