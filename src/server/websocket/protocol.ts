import type { IncomingMessage } from 'node:http'
import { CloseCode, makeServer, type Server } from 'graphql-ws'
import { credentialOf, type Authenticate, type Credential } from '../../auth/authenticate.ts'
import type { Yoga } from '../../graphql/context.ts'
import { expectedError } from '../../graphql/errors.ts'
import type { Logger } from '../../platform/logger.ts'
import type { OpenSessions } from '../open-sessions.ts'
import type { Connection } from './connection.ts'
import type { PrepareOperation } from './operation.ts'

/** The credential of `connection_init`, else that of the upgrade request (programs can set headers). */
const credentialIn = (
  params: Readonly<Record<string, unknown>> | undefined,
  request: IncomingMessage,
): Credential => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(params ?? {})) {
    if (typeof value === 'string')
      headers[name.toLowerCase() === 'apikey' ? 'x-api-key' : name.toLowerCase()] = value
  }
  return credentialOf(headers) ?? credentialOf(request.headers)
}

/**
 * `execute` and `subscribe` of the operation's own envelope: `prepare` puts them where graphql-ws hands them
 * on.
 */
const envelopedOf = ({ rootValue }: { readonly rootValue?: unknown }) =>
  rootValue as Pick<ReturnType<Yoga['getEnveloped']>, 'execute' | 'subscribe'>

/**
 * The protocol graphql-transport-ws. Operations run through Yoga: one cache of parsed and validated documents
 * for all.
 */
export const createProtocol = (deps: {
  authenticate: Authenticate
  sessions: OpenSessions
  prepare: PrepareOperation
  connectionInitMs: number
  log: Logger
}): Server<Connection> => {
  const { authenticate, sessions, prepare, log } = deps
  return makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: deps.connectionInitMs,
    onConnect: async ({ connectionParams, extra: connection, subscriptions }) => {
      connection.operations = subscriptions
      const credential = credentialIn(connectionParams, connection.request)
      try {
        connection.viewer = await authenticate(credential)
      } catch (error) {
        const expected = expectedError(error)
        if (!expected) throw error
        log.debug({ err: error }, 'a WebSocket client was refused')
        // A store that is away proves nothing about the key: clients give up after 4403, and come again after
        // 1013.
        if (expected.code !== 'UNAUTHENTICATED') connection.socket.close(1013, 'Try again later')
        return false // closes with 4403, unless it is closed already
      }
      // Who left meanwhile would never be forgotten.
      if (connection.socket.readyState !== connection.socket.OPEN) return false
      connection.forget = sessions.add(credential, connection.viewer, () =>
        connection.socket.close(CloseCode.Forbidden, 'Forbidden'),
      )
      return true
    },
    onSubscribe: ({ extra }, id, payload) => prepare(extra, id, payload),
    // The result of a subscription that many share is text already.
    onNext: ({ extra }, _id, _payload, _args, result) => extra.frames.onNext(result),
    // Trap: graphql-ws would send the client the message of whatever made a stream fail. Thrown, it closes
    // the socket.
    onError: (_context, _id, _payload, [error]) => {
      if (error?.originalError) throw error.originalError
    },
    execute: (args) => envelopedOf(args).execute(args),
    subscribe: async (args) => envelopedOf(args).subscribe({ ...args, rootValue: undefined }),
  })
}
