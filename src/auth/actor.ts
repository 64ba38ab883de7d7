import { truncateAddress } from './address.ts'
import type { Viewer } from './viewer.ts'

/**
 * Who does something, and from where, as the timeline of an incident and the audit log name them. Made once a
 * request.
 */
export type Actor = {
  readonly kind: 'user' | 'apiKey' | 'operator' | 'demo' | 'program' | 'anonymous'
  /** The row behind it, where there is one: a user's or a key's id. */
  readonly id: string | null
  readonly name: string
  /** The session by which somebody has signed in; what they change asks whether it has ended. */
  readonly sessionId?: string
  /** Truncated by `truncateAddress`; null for an actor that is not on the network. */
  readonly address: string | null
  readonly userAgent: string | null
  readonly requestId: string | null
}

/** An actor who has signed in. */
export type UserActor = Actor & { readonly id: string }

/** Where a request came from. `address` is the client's own, not truncated. */
export type RequestSource = {
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

/** A person who runs commands on the machine. */
export const operator: Actor = local('operator', 'operator')
/** The simulation behind the demo tenant. */
export const demo: Actor = local('demo', 'demo')
/** A part of the program itself, such as the alerting, by its name. */
export const programActor = (name: string): Actor => local('program', name)

/**
 * The name of an actor in a timeline: `key:Deploy`, `user:Ada`, `operator`, `demo`. People choose their own
 * names and those of keys, so these get a prefix: nobody can pass as the operator.
 */
export const actorLabel = ({ kind, name }: Pick<Actor, 'kind' | 'name'>): string =>
  kind === 'apiKey' ? `key:${name}` : kind === 'user' ? `user:${name}` : name

/** The actor of a request once it is known which account it is for, which has no session of it yet. */
export const actingAs = (
  { sessionId: _of, ...actor }: Actor,
  account: { readonly id: string; readonly name: string },
): Actor => ({
  ...actor,
  kind: 'user',
  id: account.id,
  name: account.name,
})

// Longer user agents are somebody's experiment; the log keeps what tells programs apart.
const MAX_USER_AGENT = 256

export const actorOf = (viewer: Viewer, { address, userAgent, requestId }: RequestSource): Actor => ({
  kind: viewer.kind,
  id: viewer.kind === 'anonymous' ? null : viewer.id,
  name: viewer.kind === 'anonymous' ? 'nobody' : viewer.name,
  ...(viewer.kind === 'user' && { sessionId: viewer.sessionId }),
  address: truncateAddress(address),
  userAgent: userAgent?.slice(0, MAX_USER_AGENT) ?? null,
  requestId,
})
