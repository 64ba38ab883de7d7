import type { TenantId } from '../platform/ids.ts'
import type { Action } from './actions.ts'
import type { Actor } from './actor.ts'
import { authorize, type Viewer } from './viewer.ts'

declare const allowed: unique symbol

/**
 * That somebody may do something in a tenant. Services take one for what they do, and only `permit` and `trustedPermit` make one: so
 * none of them runs for whom the table of actions does not allow it, whatever a resolver forgot.
 */
export type Permit<A extends Action> = {
  readonly tenant: TenantId
  readonly actor: Actor
  readonly [allowed]: (action: A) => void
}

/** Throws UNAUTHENTICATED or FORBIDDEN as `authorize` does, also for who acts in no tenant. */
export const permit = <A extends Action>(viewer: Viewer, actor: Actor, action: A): Permit<A> => {
  authorize(viewer, action)
  if (viewer.tenant === undefined) throw new TypeError(`${action} is no action in a tenant`)
  return { tenant: viewer.tenant, actor } as Permit<A>
}

/** For who is above the table: operators on the machine, the demo, and parts of the program. Lint keeps it out of the graph. */
export const trustedPermit = <A extends Action>(tenant: TenantId, actor: Actor): Permit<A> =>
  ({ tenant, actor }) as Permit<A>
