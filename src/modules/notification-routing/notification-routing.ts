import type { IdsOf } from '../../platform/postgres/ids-by-name.ts'
import type { Core } from '../core.ts'
import './notification-route.schema.ts'
import './notification-route.mutations.schema.ts'
import './silence.schema.ts'
import './silence.mutations.schema.ts'
import './inhibition.schema.ts'
import './inhibition.mutations.schema.ts'
import './maintenance-window.schema.ts'
import './maintenance-window.mutations.schema.ts'
import './incident-mutes.schema.ts'
import './routing-dry-run.schema.ts'
import { createExplainStore } from './explain.store.ts'
import { createInhibitionService } from './inhibition.service.ts'
import { createInhibitionStore } from './inhibition.store.ts'
import { createMaintenanceWindowService } from './maintenance-window.service.ts'
import { createMaintenanceWindowStore } from './maintenance-window.store.ts'
import { createNotificationRouteService } from './notification-route.service.ts'
import { createNotificationRouteStore } from './notification-route.store.ts'
import { createRoutingStore, type RoutingStoreDeps } from './routing.store.ts'
import { createRouter, routingTask } from './routing.task.ts'
import { createSilenceService } from './silence.service.ts'
import { createSilenceStore } from './silence.store.ts'
import { createWarnings } from './warnings.store.ts'

/** Who is told of which incidents, and when; what keeps them quiet. */
export const createNotificationRouting = (
  core: Core &
    Omit<RoutingStoreDeps, 'postgres'> & {
      readonly deliver?: () => void
      readonly channelIds: IdsOf
      readonly scheduleIds: IdsOf
    },
) => {
  const { clock, deliver } = core
  const warnings = createWarnings(core)
  const router = createRouter({ store: createRoutingStore(core), clock, deliver })
  const routes = createNotificationRouteStore({
    postgres: core.postgres,
    changes: core.changes,
    channelIds: core.channelIds,
    scheduleIds: core.scheduleIds,
  })
  const silences = createSilenceStore(core)
  const inhibitions = createInhibitionStore(core)
  const windows = createMaintenanceWindowStore(core)
  return {
    notificationRoutes: {
      reads: routes.reads,
      queries: createExplainStore(core),
      service: createNotificationRouteService({ store: routes, warnings }),
    },
    silences: {
      reads: silences.reads,
      service: createSilenceService({ store: silences, warnings, clock }),
    },
    inhibitions: {
      reads: inhibitions.reads,
      service: createInhibitionService({ store: inhibitions, warnings }),
    },
    maintenanceWindows: {
      reads: windows.reads,
      service: createMaintenanceWindowService({ store: windows, clock }),
    },
    notificationRouting: { service: { ...router, task: routingTask(router) } },
  }
}
