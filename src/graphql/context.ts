import DataLoader from 'dataloader'
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { YogaServerInstance } from 'graphql-yoga'
import type { Action } from '../auth/actions.ts'
import type { Actor, UserActor } from '../auth/actor.ts'
import { permit, type Permit } from '../auth/permit.ts'
import type { UserViewer, Viewer } from '../auth/viewer.ts'
import type { Accepts } from '../platform/http/accept.ts'
import type { Clock } from '../platform/clock.ts'
import type { TenantId } from '../platform/ids.ts'
import type { Feed } from '../platform/iterate/feed.ts'
import type { RateState } from '../platform/redis/rate.ts'
import type { Charge } from './limits/charge.ts'
import type { Modules } from '../modules/modules.ts'
import { internals, type Internals } from './internals.ts'

/**
 * What every resolver gets: who asks, and what the domains offer. Made anew for each request and each event.
 */
export type Context = {
  readonly requestId: string
  readonly transport: 'http' | 'websocket'
  /** Whom a request without a tenant counts for. */
  readonly address: string
  /** Aborted when the client leaves. */
  readonly gone: AbortSignal
  /**
   * Where a client of SSE goes on that has come back by itself. It repeats its operation as it was, so this
   * is newer than the operation's own `after`.
   */
  readonly lastEventId?: string | undefined
  /** The forms of an answer that a client of HTTP takes. */
  readonly accepts?: Accepts
  /** Aborted when the operation has taken too long, and when the client leaves. A live operation has none. */
  readonly signal?: AbortSignal
  /** What this operation was charged. */
  readonly charge?: Charge
  /**
   * What the graph tells the transport beside the result: what the headers say, and the results of a live
   * operation as they are, which Yoga wraps in a chain of promises.
   */
  readonly answer: { rate?: RateState | undefined; live?: Feed<ExecutionResult> }
  readonly viewer: Viewer
  /** The viewer and where the request came from, for what is written down. */
  readonly actor: Actor
  /** `reads`, `queries`, `service` and `live` of each noun: no store, no client. */
  readonly modules: Modules
  readonly [internals]: Internals
  /** Loaders live as long as one request or one event, or they would answer with stale rows. */
  readonly loaders: Map<string, unknown>
}

/** What the server adds to every operation's context. */
export type ServerContext = Pick<
  Context,
  'viewer' | 'actor' | 'requestId' | 'transport' | 'address' | 'gone' | 'lastEventId' | 'accepts' | 'answer'
>
/** The graph, as the servers of all transports call it. */
export type Yoga = YogaServerInstance<ServerContext, Context>

/** An operation of a document that is valid, and how it is run. */
export type Ready = {
  readonly args: ExecutionArgs
  readonly run: (args: ExecutionArgs) => Promise<AsyncIterable<ExecutionResult> | ExecutionResult>
}
/** What a client asks for. */
export type Asked = {
  readonly query: string
  readonly operationName: string | null
  readonly variableValues: Readonly<Record<string, unknown>> | null
}
/**
 * A live operation whose document came before, for clients who come back by thousands with the same. Undefined where
 * Yoga has to be asked.
 */
export type KnownLive = (context: ServerContext, asked: Asked) => Ready | undefined

/**
 * The tenant of an authorized viewer. Fields behind an action may call it; anything else throwing here is a
 * bug.
 */
export const tenantOf = ({ viewer }: Context): TenantId => {
  if (viewer.kind === 'anonymous' || viewer.tenant === undefined)
    throw new TypeError('a field that needs a tenant has no action')
  return viewer.tenant
}

/**
 * Who has signed in. Fields behind an action that no key may do can call it; anything else throwing here is a
 * bug.
 */
export const userOf = ({ viewer }: Context): UserViewer => {
  if (viewer.kind !== 'user') throw new TypeError('a field that needs a user has no action')
  return viewer
}

/** What a service is given to do it. Throws what the service would answer to whoever may not. */
export const permitOf = <A extends Action>(context: Context, action: A): Permit<A> =>
  permit(context.viewer, context.actor, action)

/** The signed-in user as an actor for the audit log. */
export const userActorOf = (context: Context): UserActor => ({ ...context.actor, id: userOf(context).id })

/** The loader of that name in this request, made on first use. */
export const loaderOf = <T>(context: Context, name: string, make: () => T): T => {
  let loader = context.loaders.get(name) as T | undefined
  if (loader === undefined) context.loaders.set(name, (loader = make()))
  return loader
}

/**
 * What many objects of an answer ask for, by one question for each `name`. `load` answers a value for every
 * key.
 */
export const byKey = <T>(
  context: Context,
  name: string,
  load: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): DataLoader<string, T> =>
  loaderOf(
    context,
    name,
    () =>
      new DataLoader<string, T>(async (keys) => {
        const found = await load(keys)
        return keys.map((key) => found.get(key) ?? new Error('the query left out a key'))
      }),
  )

/**
 * One time for all fields of an answer: ranges that end now are then the same for all, and one query serves
 * them.
 */
export const clockOf = (context: Context): Clock => {
  const now = loaderOf(context, 'now', () => context[internals].clock.now())
  return { now: () => now }
}
