import type { Role } from '../../auth/actions.ts'
import type { TenantId } from '../../platform/ids.ts'

/** Where an account is a member, as the account itself sees it. */
export type OwnMembership = {
  readonly tenant: TenantId
  readonly slug: string
  readonly name: string
  readonly role: Role
}
