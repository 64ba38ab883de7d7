import type { Core } from '../core.ts'
import './incident.schema.ts'
import './incident-event.schema.ts'
import './incident.mutations.schema.ts'
import './incident.live.schema.ts'
import './log.schema.ts'
import { createIncidentService } from './incident.service.ts'
import { createIncidentStore } from './incident.store.ts'
import { createLogLevelQueries } from './log-levels.queries.ts'
import { createLogQueries } from './log.queries.ts'

/** Incidents with their timelines, and the log lines of the tenant's own servers. */
export const createIncidents = (core: Core) => {
  const store = createIncidentStore(core)
  const { reads, eventReads } = store
  return {
    incidents: { reads, eventReads, service: createIncidentService({ ...core, store }) },
    logs: { ...createLogQueries(core), ...createLogLevelQueries(core) },
  }
}
