import type { LiveViewers } from './audience/live-viewers.ts'
import { createViewerSeriesQueries } from './audience/viewer-series.queries.ts'
import { createViewerQueries } from './audience/viewers.queries.ts'
import { createIdentity, type IdentityDeps } from './identity/identity.ts'
import { createLogLevelQueries } from './incidents/log-levels.queries.ts'
import { createLogQueries } from './incidents/log.queries.ts'
import type { Core } from './core.ts'
import { createAudit } from './audit/audit.ts'
import { createIncidents } from './incidents/incidents.ts'
import { createInfrastructure } from './infrastructure/infrastructure.ts'
import { createStreaming } from './streaming/streaming.ts'
import { createTenancy } from './tenancy/tenancy.ts'

export type ModuleDeps = Core & IdentityDeps & { liveViewers: LiveViewers }

/** The stores, services and queries of all domains, each with what it needs. */
export const createModules = (deps: ModuleDeps) => {
  const { clickHouse, clock } = deps
  const tenancy = createTenancy(deps)
  const audit = createAudit(deps)
  const { membershipsOf } = tenancy.tenants.service
  return {
    clock,
    bus: deps.bus,
    liveViewers: deps.liveViewers,
    ...tenancy,
    ...audit,
    ...createIdentity({ ...deps, audit: audit.audit.service, membershipsOf }),
    ...createStreaming(deps),
    ...createInfrastructure(deps),
    ...createIncidents(deps),
    logs: { ...createLogQueries({ clickHouse }), ...createLogLevelQueries({ clickHouse }) },
    viewers: {
      ...createViewerQueries({ clickHouse, clock }),
      ...createViewerSeriesQueries({ clickHouse, clock }),
    },
  }
}

export type Modules = ReturnType<typeof createModules>
