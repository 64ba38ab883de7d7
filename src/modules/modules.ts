import { audienceLives, createAudience } from './audience/audience.ts'
import { createAudit } from './audit/audit.ts'
import type { Core } from './core.ts'
import { createIdentity, type IdentityDeps } from './identity/identity.ts'
import { createIncidents, incidentTopics } from './incidents/incidents.ts'
import { createLogs } from './incidents/logs.ts'
import { createInfrastructure } from './infrastructure/infrastructure.ts'
import { createProduct, productLives } from './product/product.ts'
import { createStreaming, streamingTopics } from './streaming/streaming.ts'
import { createTenancy } from './tenancy/tenancy.ts'

export type ModuleDeps = Core & IdentityDeps

/**
 * The nouns of all domains: one line a domain. A resolver finds `reads`, `queries`, `service` and `live`
 * under each.
 */
export const createModules = (deps: ModuleDeps) => {
  const tenancy = createTenancy(deps)
  const audit = createAudit(deps)
  const { membershipsOf } = tenancy.tenants.service
  return {
    ...tenancy,
    ...audit,
    ...createIdentity({ ...deps, audit: audit.audit.service, membershipsOf }),
    ...createStreaming(deps),
    ...createAudience(deps),
    ...createInfrastructure(deps),
    ...createIncidents(deps),
    ...createLogs(deps),
    ...createProduct(deps),
  }
}

export type Modules = ReturnType<typeof createModules>

export { datasets } from './datasets.ts'
/** Topics whose events go through the outbox. */
export const eventTopics = [...incidentTopics, ...streamingTopics]
/** What subscribers of states are told of rows that were stored. */
export const lives = [...audienceLives, ...productLives]
