import { createHash, randomUUID } from 'node:crypto'
import { credentialOf } from '../../auth/authenticate.ts'

/** Identifies a credential without revealing it; a request without one has a mark too. */
export const markOf = (headers: Headers): string => {
  const header = (name: string): string | undefined => headers.get(name) ?? undefined
  const credential = credentialOf({
    authorization: header('authorization'),
    'x-api-key': header('x-api-key'),
  })
  return createHash('sha256')
    .update(`stream:${credential ?? ''}`)
    .digest('base64url')
    .slice(0, 22)
}

/**
 * The token of an SSE single connection, `<random>.<mark of the credential>`. Every request that names it (to
 * start an operation, to listen, to end an operation) must have the credential that reserved it: otherwise an
 * operation of one key in the stream of another would go on after its own key was revoked, and a guessed
 * token would open another tenant's stream.
 */
export const newToken = (mark: string): string => `${randomUUID()}.${mark}`

/** The token in a request, if it has one. */
export const tokenIn = ({ url, headers }: Request): string | undefined =>
  (headers.get('x-graphql-event-stream-token') ||
    new URL(url, 'http://localhost').searchParams.get('token')) ??
  undefined

/** Whether the token was made for this credential. */
export const belongs = (token: string, mark: string): boolean => token.endsWith(`.${mark}`)
