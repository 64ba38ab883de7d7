import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Ingest } from '../../src/ingest/ingest.ts'
import { ClientGone } from '../../src/platform/http/body.ts'
import { createIngestRoute, type IngestRouteDeps } from '../../src/ingest/route.ts'
import { AppError } from '../../src/platform/errors.ts'
import { trustTenantId } from '../../src/platform/ids.ts'
import { refuse } from '../../src/server/refusal.ts'

export const MAX_BODY_BYTES = 1 << 20

export type Answer = {
  status: number
  headers: IncomingHttpHeaders
  body: {
    accepted?: number
    rejected?: { index: number; code: string; message: string }[]
    error?: { code: string; message: string; requestId: string }
  }
}

export type Post = (
  tenant: string | undefined,
  body: string | Buffer,
  options?: { dataset?: string; method?: string; headers?: Record<string, string> },
) => Promise<Answer>

const authenticate: IngestRouteDeps['authenticate'] = async (request) => {
  const [, scope, tenant] = /^Bearer (read )?(\S+)$/.exec(request.headers.authorization ?? '') ?? []
  if (!tenant) throw new AppError('UNAUTHENTICATED', 'Send an API key.')
  return { tenant: trustTenantId(tenant), scopes: new Set(scope ? ['read'] : ['read', 'ingest']) }
}

/**
 * A real HTTP server with the ingest route alone. A key is the tenant's id; `read ` before it takes the scope
 * away.
 */
export const serveIngest = async (
  ingest: Ingest,
  takeRows: IngestRouteDeps['takeRows'] = async () => undefined,
): Promise<{ post: Post; port: number; close(): void }> => {
  const route = createIngestRoute({
    takeRows,
    ingest,
    maxBodyBytes: MAX_BODY_BYTES,
    authenticate,
    lookAgain: authenticate,
  })
  const server = createServer((request, response) => {
    const requestId = 'request-1'
    route(request, response, request.url!.split('/').at(-1)!, requestId).catch((error: unknown) => {
      if (error instanceof AppError) return refuse(request, response, error, { requestId, form: 'plain' })
      if (!(error instanceof ClientGone)) throw error
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, post: postTo(port), close: () => void server.close() }
}

const postTo =
  (port: number): Post =>
  (tenant, body, { dataset = 'viewer_samples', method = 'POST', headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          port,
          host: '127.0.0.1',
          path: `/ingest/${dataset}`,
          method,
          headers: { ...(tenant && { authorization: `Bearer ${tenant}` }), ...headers },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              body: JSON.parse(Buffer.concat(chunks).toString()) as Answer['body'],
            }),
          )
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })

export const ndjson = (items: readonly unknown[], newline = '\n') =>
  items.map((item) => JSON.stringify(item) + newline).join('')
