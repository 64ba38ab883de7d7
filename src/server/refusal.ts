import { STATUS_CODES, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { rateHeaders } from '../graphql/limits/rates.ts'
import { discardBody } from '../platform/http/body.ts'
import type { AppError } from '../platform/errors.ts'
import { RateLimitedError } from '../platform/redis/rate.ts'
import { SAFE_HEADERS } from './origins.ts'

// How long a client may keep its half of the connection open after its answer; a correct one closes when it
// has read it.
const HANG_UP_MS = 2_000

const headersOf = (error: AppError): OutgoingHttpHeaders => ({
  'content-type': 'application/json; charset=utf-8',
  ...(error.status === 401 && { 'www-authenticate': 'Bearer' }),
  ...(error.code === 'METHOD_NOT_ALLOWED' && { allow: 'POST' }),
  ...(error.retryAfterSeconds !== undefined && { 'retry-after': String(error.retryAfterSeconds) }),
  ...(error instanceof RateLimitedError && rateHeaders(error.state)),
})

const plainBody = ({ code, message }: AppError, requestId: string): string =>
  JSON.stringify({ error: { code, message, requestId } })

/** Answers a request with the error that it is refused with, and discards the rest of its body. */
export const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  error: AppError,
  { requestId, form }: { readonly requestId: string; readonly form: 'graphql' | 'plain' },
): void => {
  if (response.headersSent || response.destroyed) return
  const { code, message, status } = error
  discardBody(request, response)
  const body =
    form === 'plain'
      ? plainBody(error, requestId)
      : JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] })
  response.writeHead(status, { ...headersOf(error), 'content-length': Buffer.byteLength(body) }).end(body)
}

/**
 * A refusal as the text of an HTTP response, for a socket without a response object: an upgrade, or a request
 * that can't be read. `status` is given where HTTP has a more specific one than the error.
 */
export const plainAnswer = (
  error: AppError,
  requestId: string,
  more: { readonly status?: number; readonly headers?: OutgoingHttpHeaders } = {},
): string => {
  const { status = error.status } = more
  const body = plainBody(error, requestId)
  const headers = {
    ...SAFE_HEADERS,
    ...headersOf(error),
    ...more.headers,
    'x-request-id': requestId,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`
}

/**
 * Sends a last answer. The client has to close the other half of the connection; one that does not is cut.
 */
export const hangUp = (socket: Duplex, answer: string): void => {
  if (socket.destroyed) return // nobody is there any more, and its 'close' was told
  const late = setTimeout(() => socket.destroy(), HANG_UP_MS)
  socket.once('close', () => clearTimeout(late))
  socket.resume().end(answer)
}
