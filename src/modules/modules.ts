import type { LiveViewers } from './audience/live-viewers.ts'
import { createViewerSeriesQueries } from './audience/viewer-series.queries.ts'
import { createViewerQueries } from './audience/viewers.queries.ts'
import { createAuditService } from './audit/audit.service.ts'
import { createAuditStore } from './audit/audit.store.ts'
import { createIncidentService } from './incidents/incident.service.ts'
import { createIncidentStore } from './incidents/incident.store.ts'
import { createLogLevelQueries } from './incidents/log-levels.queries.ts'
import { createLogQueries } from './incidents/log.queries.ts'
import { createEdgeNodeStore } from './infrastructure/edge-node.store.ts'
import { createIdentity, type IdentityDeps } from './identity/identity.ts'
import { rowsOf } from '../platform/postgres/rows.ts'
import type { Core } from './core.ts'
import { createStreaming } from './streaming/streaming.ts'
import { createTenancy } from './tenancy/tenancy.ts'

export type ModuleDeps = Core &
  IdentityDeps & {
    liveViewers: LiveViewers
    /** Empties the outbox; called after each commit that filled it. */
    announce: () => void
  }

/** The stores, services and queries of all domains, each with what it needs. */
export const createModules = (deps: ModuleDeps) => {
  const { postgres, clickHouse, clock, log } = deps
  const tenancy = createTenancy(deps)
  const incidents = createIncidentStore({ postgres })
  const auditStore = createAuditStore({ postgres })
  const audit = createAuditService({ store: auditStore, log })
  const { membershipsOf } = tenancy.tenants.service
  return {
    clock,
    bus: deps.bus,
    liveViewers: deps.liveViewers,
    ...tenancy,
    audit: { reads: rowsOf(postgres, 'auditLog'), store: auditStore, service: audit },
    ...createIdentity({ ...deps, audit, membershipsOf }),
    ...createStreaming(deps),
    incidents: {
      reads: rowsOf(postgres, 'incident'),
      store: incidents,
      service: createIncidentService({ store: incidents, clock, announce: deps.announce }),
    },
    edgeNodes: { reads: rowsOf(postgres, 'edgeNode'), store: createEdgeNodeStore({ postgres }) },
    viewers: {
      ...createViewerQueries({ clickHouse, clock }),
      ...createViewerSeriesQueries({ clickHouse, clock }),
    },
    logs: { ...createLogQueries({ clickHouse }), ...createLogLevelQueries({ clickHouse }) },
  }
}

export type Modules = ReturnType<typeof createModules>
