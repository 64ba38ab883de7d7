import { isIP } from 'node:net'
import { isAllowed, refusalOf, type Network } from './target-address.ts'

/** The host of a URL without the brackets of IPv6. Decimal, octal and hexadecimal IPv4 are plain here. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** The port that a URL leads to. */
export const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)

/** What a refused address is told with. */
export const refusedAddress = (address: string, why: string): string =>
  `The address ${address} is ${why}. Only public addresses are sent to, and the networks of NOTIFY_PRIVATE_TARGETS.`

/** Ports below belong to other protocols, which must not be spoken to in HTTP. */
const FIRST_FREE_PORT = 1_024
const webPorts = new Set(['', '80', '443'])

/**
 * What is wrong with a URL as a target, as far as can be seen without resolving its host; undefined for
 * nothing. `http` is for allowed networks alone.
 */
export const wrongUrl = (text: string, allowed: readonly Network[]): string | undefined => {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return 'A URL that begins with https:// is expected.'
  if (url.username !== '' || url.password !== '') return 'A URL without a name and a password is expected.'
  if (!webPorts.has(url.port) && Number(url.port) < FIRST_FREE_PORT)
    return `The port ${url.port} belongs to another protocol.`
  const host = hostOf(url)
  const why = isIP(host) === 0 ? undefined : refusalOf(host, allowed, portOf(url))
  if (why !== undefined) return refusedAddress(host, why)
  const isPlain =
    url.protocol === 'http:' &&
    (isIP(host) === 0 ? allowed.length === 0 : !isAllowed(host, allowed, portOf(url)))
  return isPlain ? 'A URL that begins with https:// is expected.' : undefined
}
