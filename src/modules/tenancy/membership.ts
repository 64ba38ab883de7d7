import type { Role } from '../../auth/actions.ts'
import type { TenantId } from '../../platform/ids.ts'

/** Where an account is a member, as the account itself sees it. */
export type OwnMembership = {
  readonly tenant: TenantId
  readonly slug: string
  readonly name: string
  readonly role: Role
}

/** What the graph shows of one; the tenant is its id. */
export type ShownMembership = Omit<OwnMembership, 'tenant'> & { readonly tenant: string }
