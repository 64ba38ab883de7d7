import { isIP } from 'node:net'
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'

/** A network: its address and the length of its prefix; of one port alone where that is given. */
export type Network = readonly [address: IPv4 | IPv6, bits: number, port?: number]

/** What the ranges of ipaddr.js are, in words for people. */
const words: Readonly<Record<string, string>> = {
  linkLocal: 'link-local',
  uniqueLocal: 'private',
  carrierGradeNat: 'shared by customers of a provider',
  deprecatedSiteLocal: 'private',
}

const within = (address: IPv4 | IPv6, networks: readonly Network[], port: number): boolean =>
  networks.some(
    ([base, bits, only = port]) =>
      only === port && base.kind() === address.kind() && address.match([base, bits] as never),
  )

/** The IPv4 address that a translator would make of an IPv6 address: NAT64 (RFC 6052) and 6to4 (RFC 3056). */
const embedded = (address: IPv6): IPv4 | undefined => {
  const bytes = address.toByteArray()
  if (address.match([ipaddr.IPv6.parse('64:ff9b::'), 96])) return new ipaddr.IPv4(bytes.slice(12))
  return address.range() === '6to4' ? new ipaddr.IPv4(bytes.slice(2, 6)) : undefined
}

/** All that is given out as public of IPv6 (RFC 4291); ipaddr.js calls unicast what else has no name, as `::127.0.0.1`. */
const globalUnicast: [IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

const inPublic = (address: IPv4 | IPv6): string | undefined => {
  if (address.kind() === 'ipv6') {
    const inner = embedded(address as IPv6)
    if (inner) return inPublic(inner)
    if (address.range() === 'unicast' && !address.match(globalUnicast)) return 'not public'
  }
  const range = address.range()
  return range === 'unicast' ? undefined : (words[range] ?? range)
}

/** Whether an address is in one of these networks. */
export const isAllowed = (text: string, networks: readonly Network[], port: number): boolean =>
  isIP(text) !== 0 && within(ipaddr.process(text), networks, port)

/**
 * Why an address is no target, in a word; undefined for one that is: public, or in a network that is allowed.
 * All that is not plainly public is refused, so that no range is forgotten. IPv4 written as IPv6 is IPv4.
 */
export const refusalOf = (text: string, allowed: readonly Network[], port: number): string | undefined => {
  if (isIP(text) === 0) return 'no address'
  const address = ipaddr.process(text)
  return within(address, allowed, port) ? undefined : inPublic(address)
}
