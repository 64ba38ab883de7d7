import type { IncomingMessage } from 'node:http'
import type { Context } from '../graphql/context.ts'
import { truncateAddress } from '../platform/address.ts'

/** Where a request comes from, as far as it may be kept. */
export const originOf = ({ socket, headers }: IncomingMessage): Context['origin'] => ({
  address: truncateAddress(socket.remoteAddress),
  userAgent: (headers['user-agent'] ?? '').slice(0, 256),
})
