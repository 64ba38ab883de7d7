import { createHash, randomUUID } from 'node:crypto'
import type { HandlerOptions } from 'graphql-sse'
import { credentialOf } from '../../auth/authenticate.ts'

/** Names the credential without telling it; nobody's is one too. */
const markOf = (credential: string | undefined): string =>
  createHash('sha256')
    .update(`stream:${credential ?? ''}`)
    .digest('base64url')
    .slice(0, 22)

/**
 * The token of an SSE single connection, `<random>.<mark of the credential>`. Everything that names it (the operation, the
 * stream that listens, the end of an operation) must come with the credential that reserved it: an operation of one key in
 * the stream of another would go on after its own key was revoked, and a guessed token would open another tenant's stream.
 * graphql-sse's own tokens are made by Math.random and belong to nobody.
 */
export const streamTokenOf: NonNullable<HandlerOptions['authenticate']> = ({ url, headers }) => {
  const header = (name: string): string | undefined => headers.get(name) ?? undefined
  const mark = markOf(
    credentialOf({ authorization: header('authorization'), 'x-api-key': header('x-api-key') }),
  )
  const given =
    header('x-graphql-event-stream-token') || new URL(url, 'http://localhost').searchParams.get('token')
  if (!given) return `${randomUUID()}.${mark}`
  if (given.endsWith(`.${mark}`)) return given
  return [
    JSON.stringify({ errors: [{ message: 'Stream not found' }] }),
    { status: 404, statusText: 'Not Found', headers: { 'content-type': 'application/json; charset=utf-8' } },
  ]
}
