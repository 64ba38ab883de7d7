import { createChanges } from '../../src/modules/audit/audit.change.ts'
import { createTenantService } from '../../src/modules/tenancy/tenant.service.ts'
import { createTenantStore } from '../../src/modules/tenancy/tenant.store.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Postgres } from '../../src/platform/postgres/postgres.ts'

/** Tenants of a database without a program around it. */
export const tenantsOn = (postgres: Postgres) => {
  const changes = createChanges({ postgres, poke: () => undefined })
  return createTenantService({ store: createTenantStore({ postgres, changes }), clock: systemClock })
}
