import type { TenantId } from '../platform/ids.ts'
import type { Action } from './actions.ts'
import type { Actor } from './actor.ts'
import { authorize, type Viewer } from './viewer.ts'

declare const allowed: unique symbol

/** An idempotency key, the mutation that it came with, and a digest of the input beside it. */
export type Once = {
  readonly mutation: string
  readonly key: string
  readonly inputHash: Uint8Array<ArrayBuffer>
}

/**
 * That somebody may do something in a tenant. Services take one for what they do, and only the functions of
 * this file make one: so none of them runs for whom the table of actions does not allow it, whatever a
 * resolver forgot.
 */
export type Permit<A extends Action> = {
  readonly tenant: TenantId
  readonly actor: Actor
  /**
   * What the actor has to be allowed still when the change is committed; undefined for who is above the
   * table.
   */
  readonly action: A | undefined
  /** The client's own name for this change: the same again within a day does nothing and answers the same. */
  readonly once?: Once
  readonly [allowed]: (action: A) => void
}

/** Throws UNAUTHENTICATED or FORBIDDEN as `authorize` does, also for who acts in no tenant. */
export const permit = <A extends Action>(viewer: Viewer, actor: Actor, action: A): Permit<A> => {
  authorize(viewer, action)
  if (viewer.tenant === undefined) throw new TypeError(`${action} is no action in a tenant`)
  return { tenant: viewer.tenant, actor, action } as Permit<A>
}

/**
 * For who is above the table: operators on the machine, the demo, and parts of the program. Lint keeps it out
 * of the graph.
 */
export const trustedPermit = <A extends Action>(tenant: TenantId, actor: Actor): Permit<A> =>
  ({ tenant, actor, action: undefined }) as Permit<A>

/**
 * For a machine that brings a token, which the work uses up before it does anything: nobody else vouches for
 * it.
 */
export const machinePermit = (tenant: TenantId, actor: Actor): Permit<'infrastructure:write'> =>
  ({ tenant, actor, action: undefined }) as Permit<'infrastructure:write'>

/**
 * For what an account does about itself in a tenant that its credential is not for: it creates one, accepts
 * an invitation, leaves. The table of actions knows no role there, so the work asks by itself, under its
 * lock, whether the account may; its session is asked for before the commit, as of everybody.
 */
export const accountPermit = <A extends 'account:write' | 'tenant:create'>(
  tenant: TenantId,
  actor: Actor,
): Permit<A> => ({ tenant, actor, action: undefined }) as Permit<A>
