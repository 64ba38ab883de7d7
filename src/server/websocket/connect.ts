import { CloseCode } from 'graphql-ws'
import { credentialOf, type Authenticate, type Credential } from '../../auth/authenticate.ts'
import { expectedError } from '../../graphql/errors.ts'
import type { Logger } from '../../platform/logger.ts'
import type { OpenSessions } from '../open-sessions.ts'
import type { Session } from './session.ts'

/** The credential of `connection_init`, else that of the upgrade request (programs can set headers). */
const credentialIn = (params: Readonly<Record<string, unknown>>, { origin }: Session): Credential => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === 'string')
      headers[name.toLowerCase() === 'apikey' ? 'x-api-key' : name.toLowerCase()] = value
  }
  return credentialOf(headers) ?? origin.credential
}

/** Finds out who has opened a session; false when it is to be closed with 4403, unless it is closed already. */
export type Connect = (session: Session, params: Readonly<Record<string, unknown>>) => Promise<boolean>

export const createConnect =
  (deps: { authenticate: Authenticate; sessions: OpenSessions; log: Logger }): Connect =>
  async (session, params) => {
    const { authenticate, sessions, log } = deps
    const credential = credentialIn(params, session)
    try {
      session.viewer = await authenticate(credential)
    } catch (error) {
      const expected = expectedError(error)
      if (!expected) throw error
      log.debug({ err: error }, 'a WebSocket client was refused')
      // A store that is away proves nothing about the key: clients give up after 4403, and come again after
      // 1013.
      if (expected.code !== 'UNAUTHENTICATED') session.close(1013, 'Try again later')
      return false
    }
    // Who left meanwhile would never be forgotten.
    if (!session.isOpen()) return false
    session.forget = sessions.add(credential, session.viewer, () =>
      session.close(CloseCode.Forbidden, 'Forbidden'),
    )
    return true
  }
