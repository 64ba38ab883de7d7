import type { IncomingMessage } from 'node:http'
import type { RequestSource } from '../auth/actor.ts'
import { clientAddress, countedAddress } from '../auth/address.ts'
import { AppError } from '../platform/errors.ts'
import { acceptsOf, type Accepts } from '../platform/http/accept.ts'
import { uuidv7 } from '../platform/ids.ts'

/**
 * The URL of a request: of a path, or of a whole URL, as proxies send it (RFC 9112, 3.2). Any other target
 * leads nowhere: it must not throw, least of all in an event handler.
 */
export const urlOf = ({ url = '/' }: IncomingMessage): URL => {
  const whole = url.startsWith('/') ? `http://localhost${url}` : url
  const parsed = /^https?:\/\/[^/\\?#]/i.test(whole) ? URL.parse(whole) : null
  return parsed ?? new URL('http://localhost/nowhere')
}

const isHost = (host: string): boolean =>
  host === '' || (!/[\s/\\?#@]/.test(host) && URL.canParse(`http://${host}`))

/**
 * Brings the head of a request into the form that all behind it expect: a path as its target and the host of
 * that target, the type of the body in small letters without blanks (it is in any case, RFC 9110, 8.3.1), and what the
 * client takes as our own types, the best first. Yoga makes a URL of host and target, compares media types as they
 * come, has no use for `q`, and has forms of answers that we don't. Throws BAD_REQUEST for a host that is
 * none (RFC 9112, 3.2).
 */
export const normalize = (request: IncomingMessage): { readonly url: URL; readonly accepts: Accepts } => {
  const { headers, httpVersion } = request
  const url = urlOf(request)
  if (request.url !== undefined && !request.url.startsWith('/')) headers.host = url.host
  const { host = httpVersion === '1.0' ? '' : undefined } = headers
  if (host === undefined || !isHost(host))
    throw new AppError('BAD_REQUEST', 'The header Host is missing, or is no host.')
  request.url = `${url.pathname}${url.search}`
  headers['content-type'] &&= headers['content-type'].toLowerCase().replaceAll(/\s*;\s*/g, ';')
  const accepts = acceptsOf(headers.accept)
  headers.accept = accepts.header
  return { url, accepts }
}

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
