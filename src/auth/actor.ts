import { isIP, isIPv4, isIPv6 } from 'node:net'
import type { Viewer } from './viewer.ts'

/** Who does something, and from where: what the timeline of an incident and the audit log call them. Made once a request. */
export type Actor = {
  readonly kind: 'user' | 'apiKey' | 'operator' | 'demo' | 'program' | 'anonymous'
  /** The row behind it, where there is one: a user's or a key's id. */
  readonly id: string | null
  readonly name: string
  /** Truncated as by `truncateAddress`; null for what comes from no network. */
  readonly address: string | null
  readonly userAgent: string | null
  readonly requestId: string | null
}

/** An actor who has signed in. */
export type UserActor = Actor & { readonly id: string }

/** From where a request came. `address` is the client's own, whole. */
export type Origin = {
  readonly address: string | undefined
  readonly userAgent: string | undefined
  readonly requestId: string
}

const local = (kind: Actor['kind'], name: string): Actor => ({
  kind,
  id: null,
  name,
  address: null,
  userAgent: null,
  requestId: null,
})

/** Whoever runs commands on the machine. */
export const operator: Actor = local('operator', 'operator')
/** The simulation behind the demo tenant. */
export const demo: Actor = local('demo', 'demo')
/** A part of the program itself, such as the alerting, by its name. */
export const programActor = (name: string): Actor => local('program', name)

/**
 * How a timeline calls an actor: `key:Deploy`, `user:Ada`, `operator`, `demo`. People choose their names and those of keys, so
 * those never stand alone, or somebody could be called operator.
 */
export const actorLabel = ({ kind, name }: Pick<Actor, 'kind' | 'name'>): string =>
  kind === 'apiKey' ? `key:${name}` : kind === 'user' ? `user:${name}` : name

/** The same request once it is known whose account it is for. */
export const actingAs = (actor: Actor, account: { readonly id: string; readonly name: string }): Actor => ({
  ...actor,
  kind: 'user',
  id: account.id,
  name: account.name,
})

// Longer user agents are somebody's experiment; the log keeps what tells programs apart.
const MAX_USER_AGENT = 256

export const actorOf = (viewer: Viewer, { address, userAgent, requestId }: Origin): Actor => ({
  kind: viewer.kind,
  id: viewer.kind === 'anonymous' ? null : viewer.id,
  name: viewer.kind === 'anonymous' ? 'nobody' : viewer.name,
  address: truncateAddress(address),
  userAgent: userAgent?.slice(0, MAX_USER_AGENT) ?? null,
  requestId,
})

/** The eight groups of an IPv6 address, `::` written out. */
const groupsOf = (address: string): string[] => {
  const [head = '', tail] = address.split('::')
  const left = head.split(':').filter(Boolean)
  const right = (tail ?? '').split(':').filter(Boolean)
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
}

/**
 * The network of an address and not the address: `203.0.113.0/24`, `2001:db8:1::/48`. Enough to tell a stranger from the
 * office, too little to find a person. Null for what is no address.
 */
export const truncateAddress = (address: string | undefined): string | null => {
  const bare = (address ?? '').replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIPv4(bare)) return `${bare.split('.').slice(0, 3).join('.')}.0/24`
  if (!isIPv6(bare)) return null
  const prefix = groupsOf(bare)
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
  while (prefix.at(-1) === '0') prefix.pop()
  return `${prefix.join(':')}::/48`
}

/**
 * Where a request comes from. Behind `proxies` proxies it is the entry of X-Forwarded-For that the outermost of them wrote; what
 * stands before it is what the client says of itself, and with no proxy the whole header is.
 */
export const clientAddress = (
  socketAddress: string | undefined,
  forwardedFor: string | string[] | undefined,
  proxies: number,
): string | undefined => {
  if (proxies === 0) return socketAddress
  const hops = [forwardedFor ?? []]
    .flat()
    .flatMap((line) => line.split(','))
    .map((hop) => hop.trim())
  // Some proxies write the port too: `203.0.113.7:5678`, `[2001:db8::1]:5678`.
  const named = (hops.at(-proxies) ?? '').replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')
  return isIP(named) === 0 ? socketAddress : named
}
