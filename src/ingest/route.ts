import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../platform/errors.ts'
import type { TenantId } from '../platform/ids.ts'
import type { Taken } from '../platform/redis/rate.ts'
import { readBody } from '../platform/http/body.ts'
import { inTurns } from '../platform/turns.ts'
import type { Ingest } from './ingest.ts'
import { cutItems } from './cut.ts'
import { decodeBody, formOf, parseItems, type Form } from './parse.ts'
import { holdTo, type HeldTo } from './hold.ts'

export type IngestRouteDeps = {
  readonly ingest: Pick<Ingest, 'accept' | 'dataset'>
  /** Throws AppError UNAUTHENTICATED. Called before anything of the body is read. */
  readonly authenticate: (request: IncomingMessage) => Promise<{
    readonly tenant: TenantId
    readonly scopes: ReadonlySet<string>
    /** The project or the edge node that the credential is for, if it is for one only. */
    readonly heldTo?: HeldTo | undefined
  }>
  /** The same, called after the body: it may take a minute, and a key be revoked meanwhile. */
  readonly lookAgain: IngestRouteDeps['authenticate']
  readonly maxBodyBytes: number
  /** Takes a row's worth for each item from the tenant's budget. Throws RATE_LIMITED. */
  readonly takeRows: (tenant: TenantId, rows: number) => Promise<Pick<Taken, 'refund'> | undefined>
}

/** Answers one request of `/ingest/<dataset>`. Throws an AppError for one that it refuses, and ClientGone. */
export type IngestRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  dataset: string,
  requestId: string,
) => Promise<void>

const assertIngests = ({ scopes }: { readonly scopes: ReadonlySet<string> }): void => {
  if (scopes.has('ingest')) return
  throw new AppError('FORBIDDEN', 'This key may not ingest. Make one with the scope `ingest`.')
}

export const createIngestRoute = (deps: IngestRouteDeps): IngestRoute => {
  const { ingest, authenticate, lookAgain, maxBodyBytes, takeRows } = deps

  const take = async (request: IncomingMessage, dataset: string) => {
    if (request.method !== 'POST') throw new AppError('METHOD_NOT_ALLOWED', 'Send the items with POST.')
    assertIngests(await authenticate(request))
    const target = ingest.dataset(dataset)
    const form = formOf(request.headers['content-type'])
    const key = idempotencyKeyOf(request)
    const sent = await readBody(request, maxBodyBytes)
    const now = await lookAgain(request)
    assertIngests(now)
    const { tenant, heldTo } = now
    const body = await decodeBody(sent, request.headers['content-encoding'], maxBodyBytes)
    const cut = await inTurns(cutItems(body, form))
    const rows = cut.spans.length
    const taken = await takeRows(tenant, rows) // before what costs much
    try {
      const sentItems = parseItems(body, cut)
      const items = heldTo ? holdTo(heldTo, sentItems, target) : sentItems
      const once = key === undefined ? undefined : { key, digest: digestOf(body, form, heldTo?.value) }
      return await ingest.accept(tenant, dataset, items, { once })
    } catch (error) {
      taken?.refund(rows) // nothing was stored, and the client will send it again
      throw error
    }
  }

  return async (request, response, dataset, requestId) => {
    const result = await take(request, dataset)
    const body = Buffer.from(JSON.stringify({ ...result, requestId }))
    response.writeHead(202, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': body.length,
    })
    response.end(body)
  }
}

/** Of all that decides which rows a request has: what the credential is held to is added to them. */
const digestOf = (body: Buffer, form: Form, heldTo = ''): Uint8Array =>
  createHash('sha256').update(`${form}\n${heldTo}\n`).update(body).digest()

/** Printable ASCII, as IETF draft-ietf-httpapi-idempotency-key-header has it; 255 holds any id or hash. */
const idempotencyKeyOf = (request: IncomingMessage): string | undefined => {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && /^[\x20-\x7e]{1,255}$/.test(key)) return key
  throw new AppError('BAD_REQUEST', 'Idempotency-Key: 1 to 255 printable ASCII characters.')
}
