import { platformTenant, type TenantId } from '../../platform/ids.ts'

/**
 * Where it is written what an account does that acts in this tenant. What belongs to none has a chain of its
 * own: accounts that are made, and sign-ins that act in no tenant or failed for an account that there isn't.
 * Operators read it.
 */
export const chainOf = (tenant: TenantId | undefined): TenantId => tenant ?? platformTenant
