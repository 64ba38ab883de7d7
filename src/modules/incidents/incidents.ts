import type { Core } from '../core.ts'
import './incident.schema.ts'
import './incident-event.schema.ts'
import './incident.mutations.schema.ts'
import './incident-handling.mutations.schema.ts'
import './incident.live.schema.ts'
import './incident-series.schema.ts'
import { alertedIncidents } from './incident.alerts.store.ts'
import { createIncidentHandlingService } from './incident-handling.service.ts'
import { createIncidentHandlingStore } from './incident-handling.store.ts'
import { createIncidentSeriesStore } from './incident-series.store.ts'
import { createIncidentService } from './incident.service.ts'
import { createIncidentStore } from './incident.store.ts'
import { incidentChangedTopic } from './incident.topics.ts'

export const incidentTopics = [incidentChangedTopic]

/** Incidents with their timelines. */
export const createIncidents = (core: Core) => {
  const store = createIncidentStore(core)
  const { reads, eventReads } = store
  const handling = createIncidentHandlingStore(core)
  const service = {
    ...createIncidentService({ ...core, store }),
    ...createIncidentHandlingService({ ...core, store, handling }),
  }
  return {
    incidents: { reads, eventReads, queries: createIncidentSeriesStore(core), service },
    alertedIncidents,
  }
}
