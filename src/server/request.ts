import type { IncomingMessage } from 'node:http'
import type { RequestSource } from '../auth/actor.ts'
import { clientAddress, countedAddress } from '../auth/address.ts'
import { AppError } from '../platform/errors.ts'
import { uuidv7 } from '../platform/ids.ts'

/**
 * The URL of a request. A malformed one leads nowhere: it must not throw, least of all in an event handler.
 */
export const urlOf = ({ url = '/' }: IncomingMessage): URL =>
  URL.canParse(url, 'http://localhost')
    ? new URL(url, 'http://localhost')
    : new URL('http://localhost/nowhere')

/** Throws BAD_REQUEST for an address whose bytes are not UTF-8: reading it would put U+FFFD in their place. */
export const refuseBadAddress = ({ url = '' }: IncomingMessage): void => {
  for (const [escaped] of url.matchAll(/(?:%[\da-f]{2})+/gi)) {
    try {
      decodeURIComponent(escaped)
    } catch (cause) {
      const message = `The address has ${escaped.slice(0, 40)}, which is not UTF-8.`
      throw new AppError('BAD_REQUEST', message, { cause })
    }
  }
}

/**
 * The client's request id when it is a plain word, so that a request can be followed through several systems;
 * else a new one.
 */
export const requestIdOf = ({ headers }: IncomingMessage): string => {
  const id = headers['x-request-id']
  return typeof id === 'string' && /^[\w.-]{8,128}$/.test(id) ? id : uuidv7()
}

/**
 * Where a request comes from, behind `proxyHops` proxies; a WebSocket's operations come from where its
 * upgrade came.
 */
export const sourceOf = (
  { socket, headers }: IncomingMessage,
  requestId: string,
  proxyHops: number,
): RequestSource => ({
  address: clientAddress(socket.remoteAddress, headers['x-forwarded-for'], proxyHops),
  userAgent: headers['user-agent'],
  requestId,
})

/** The address that a request counts for in the rate limits. */
export const addressOf = ({ headers, socket }: IncomingMessage, proxyHops: number): string =>
  countedAddress(clientAddress(socket.remoteAddress, headers['x-forwarded-for'], proxyHops) ?? 'unknown')
