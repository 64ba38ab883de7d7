import { isIP, isIPv4 } from 'node:net'
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'

/**
 * The parsed address; undefined for other text. IPv4 written as IPv6 (`::ffff:203.0.113.7`, what a socket
 * says that listens on both) is IPv4. Node decides what is an address: ipaddr.js also takes forms such as
 * `0x7f.1` and a bare number.
 */
const parse = (text: string | undefined): IPv4 | IPv6 | undefined =>
  text === undefined || isIP(text) === 0 ? undefined : ipaddr.process(text)

/** IPv4 as a socket says it, as most addresses are: Node takes it in its one plain form only. */
const ipv4Of = (text: string | undefined): string | undefined => {
  const plain = text?.startsWith('::ffff:') ? text.slice(7) : text
  return plain !== undefined && isIPv4(plain) ? plain : undefined
}

/** The first address of the network that has this prefix; `bits` are whole bytes. */
const networkOf = (address: IPv4 | IPv6, bits: number): string =>
  ipaddr.fromByteArray(address.toByteArray().map((byte, index) => (index * 8 < bits ? byte : 0))).toString()

/**
 * The network of an address, to be stored in its place: `203.0.113.0/24`, `2001:db8:1::/48`. Enough to tell a
 * stranger from the office, too little to find a person. Null for text that is not an address.
 */
export const truncateAddress = (text: string | undefined): string | null => {
  const ipv4 = ipv4Of(text)
  if (ipv4 !== undefined) return `${ipv4.slice(0, ipv4.lastIndexOf('.'))}.0/24`
  const address = parse(text)
  if (address === undefined) return null
  const bits = address.kind() === 'ipv4' ? 24 : 48
  return `${networkOf(address, bits)}/${bits}`
}

/**
 * What requests are counted by: the IPv4 address, or the first 64 bits of an IPv6 address, which one customer
 * has for itself (RFC 6177). Text that is not an address is counted as it is.
 */
export const countedAddress = (text: string): string => {
  const ipv4 = ipv4Of(text)
  if (ipv4 !== undefined) return ipv4
  const address = parse(text)
  if (address === undefined) return text
  return address.kind() === 'ipv4' ? address.toString() : networkOf(address, 64)
}

/**
 * The address of the client behind `proxies` proxies: the entry of X-Forwarded-For that the outermost of them
 * added. Entries before it are the client's own claims, and so is the whole header when there is no proxy.
 * With fewer entries than proxies the request has come another way: then it is the address of the socket.
 */
export const clientAddress = (
  socketAddress: string | undefined,
  forwardedFor: string | string[] | undefined,
  proxies: number,
): string | undefined => {
  if (proxies === 0) return socketAddress
  const entries = [forwardedFor ?? []].flat().flatMap((line) => line.split(','))
  // Some proxies add the port: `203.0.113.7:5678`, `[2001:db8::1]:5678`.
  const client = (entries.at(-proxies) ?? '')
    .trim()
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
  return isIP(client) === 0 ? socketAddress : client
}
