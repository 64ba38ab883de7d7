import type { Role } from '../../auth/actions.ts'
import type { TenantId } from '../../platform/ids.ts'

/** Tenants an account may own: more is a program that makes them. */
export const MAX_OWNED = 20

/** Where an account is a member, as the account itself sees it. */
export type OwnMembership = {
  readonly tenant: TenantId
  readonly slug: string
  readonly name: string
  readonly role: Role
}

/**
 * Where an account may act now: in active tenants only, the oldest membership first. Who signs in asks for the
 * one in a tenant, or whether there is more than one: an account may have any number, and row-level security
 * looks each of them up. All are for who runs the machine.
 */
export type MembershipsOf = (
  userId: string,
  asked: 'all' | 'oldestTwo' | { readonly slug: string } | { readonly tenant: TenantId },
) => Promise<OwnMembership[]>

/** What the graph shows of one; the tenant is its id. */
export type ShownMembership = Omit<OwnMembership, 'tenant'> & { readonly tenant: string }
