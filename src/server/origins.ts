import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../platform/errors.ts'
import { contentTypeOf } from '../platform/http/content.ts'

export type OriginPolicy = {
  /** Sets the headers that every response carries. A page or a file may overwrite them. */
  setSafeHeaders(response: ServerResponse): void
  /** Answers a browser's preflight request; false for any other request. */
  preflight(request: IncomingMessage, response: ServerResponse): boolean
  /**
   * Throws FOREIGN_ORIGIN for a request that another site made a browser send; lets listed sites read the
   * answer.
   */
  check(request: IncomingMessage, response: ServerResponse): void
  /**
   * Whether a WebSocket may be opened. Browsers send no preflight for it, so its Origin is all there is to
   * check.
   */
  allows(request: IncomingMessage): boolean
}

/** Headers of every response. */
export const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}
/** What this server reads of a request and a page can't set without asking. */
export const ALLOWED_HEADERS = [
  'authorization',
  'content-encoding',
  'content-type',
  'idempotency-key',
  'last-event-id',
  'x-api-key',
  'x-graphql-event-stream-token',
  'x-request-id',
]
const EXPOSED_HEADERS = 'x-request-id, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset'

export const foreignOrigin = (): AppError =>
  new AppError(
    'FOREIGN_ORIGIN',
    'Pages of this site may not use this server. Its operator can list the origin in CORS_ORIGINS.',
  )

/** Content types that a form, or a script without a preflight, can send. */
const FORM_TYPES = new Set(['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])

/**
 * Throws UNSUPPORTED_MEDIA_TYPE for a body that any page on the web can make a browser send without a
 * preflight.
 */
export const refuseForms = ({ headers }: IncomingMessage): void => {
  if (FORM_TYPES.has(contentTypeOf(headers['content-type']).type))
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send a POST with the content type application/json.')
}

/**
 * Only the host is compared: behind a proxy that ends TLS we don't know our own scheme. That of the origin says
 * which port is the default one, which a proxy may write and a browser does not.
 */
const isSameHost = (origin: string, host = ''): boolean => {
  const [site, own] = [URL.parse(origin), URL.parse(`${origin.split('://', 1)[0]}://${host}`)]
  return site !== null && own !== null && site.host !== '' && site.host === own.host
}

/**
 * Decides which sites' pages may use this server from a browser: our own, and those in `origins` (exact
 * origins, no patterns).
 */
export const createOriginPolicy = ({ origins }: { readonly origins: readonly string[] }): OriginPolicy => {
  const listed = new Set(origins)

  const siteOf = ({ headers }: IncomingMessage): 'own' | 'listed' | 'foreign' => {
    const { origin, host } = headers
    if (origin === undefined) {
      // Links and images on other sites come without an Origin, but browsers say where they are from.
      const site = headers['sec-fetch-site']
      return site === undefined || site === 'same-origin' || site === 'none' ? 'own' : 'foreign'
    }
    if (listed.has(origin)) return 'listed'
    return isSameHost(origin, host) ? 'own' : 'foreign'
  }

  return {
    setSafeHeaders: (response) => {
      for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value)
    },
    preflight: (request, response) => {
      if (request.method !== 'OPTIONS') return false
      const { origin } = request.headers
      response.setHeader('vary', 'origin')
      if (origin === undefined || !listed.has(origin)) {
        response
          .writeHead(origin === undefined ? 204 : 403, { allow: 'GET, POST, PUT, DELETE, OPTIONS' })
          .end()
        return true
      }
      response.writeHead(204, {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, POST, PUT, DELETE',
        'access-control-allow-headers': ALLOWED_HEADERS.join(', '),
        'access-control-max-age': '600',
      })
      response.end()
      return true
    },
    check: (request, response) => {
      const site = siteOf(request)
      if (site === 'foreign') throw foreignOrigin()
      if (listed.size > 0) response.setHeader('vary', 'origin')
      if (site !== 'listed') return
      // Never with credentials: ours are headers that a page sets itself, so there is no cookie to be abused.
      response.setHeader('access-control-allow-origin', request.headers.origin!)
      response.setHeader('access-control-expose-headers', EXPOSED_HEADERS)
    },
    allows: (request) => siteOf(request) !== 'foreign',
  }
}
