import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { clientAddress } from '../auth/actor.ts'

/** The network of an IPv6 address: its first 64 bits, which one customer has to themselves (RFC 6177). */
const network = (address: string): string => {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0')
  const groups = [...left, ...zeros, ...right].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::`
}

const plain = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  return isIPv6(address) ? network(address.split('%')[0]!) : address
}

/** Whom a request counts for: the address of its client, as `clientAddress` finds it; of IPv6 the network. */
export const addressOf = ({ headers, socket }: IncomingMessage, proxyHops: number): string =>
  plain(clientAddress(socket.remoteAddress, headers['x-forwarded-for'], proxyHops) ?? 'unknown')
