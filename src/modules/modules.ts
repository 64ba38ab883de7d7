import { firehoseOf } from '../platform/bus/firehose.ts'
import type { EventTopic } from '../platform/bus/topics.ts'
import type { Clock } from '../platform/clock.ts'
import { usesOfAny } from '../platform/postgres/uses.ts'
import type { Task } from '../platform/tasks.ts'
import { alertingTopics, createAlerting } from './alerting/alerting.ts'
import { renameInRules, rulesOfChannel } from './alerting/rule-channels.store.ts'
import { audienceLives, createAudience } from './audience/audience.ts'
import { createAudit } from './audit/audit.ts'
import type { Core } from './core.ts'
import { createIdentity, type IdentityDeps } from './identity/identity.ts'
import { notedDelivery } from './incidents/incident.notified.store.ts'
import { createIncidents, incidentTopics } from './incidents/incidents.ts'
import { createLogs, logLives } from './incidents/logs.ts'
import {
  createInfrastructure,
  infrastructureLives,
  infrastructureProjections,
  infrastructureTasks,
  infrastructureTopics,
} from './infrastructure/infrastructure.ts'
import { createRouting, routingLives } from './infrastructure/routing.ts'
import { createPlatformEvents, platformEventsLives } from './platform-events/platform-events.ts'
import { createMetrics } from './metrics/metrics.ts'
import { measures } from './measures.ts'
import { createOnCall } from './on-call/on-call.ts'
import { schedulesOfChannel } from './on-call/schedule-channels.store.ts'
import {
  createNotifications,
  notificationTopics,
  type NotificationDeps,
} from './notifications/notifications.ts'
import { createNotificationRouting } from './notification-routing/notification-routing.ts'
import { routesOfChannel, routesOfSchedule } from './notification-routing/route-names.store.ts'
import { channelIds } from './notifications/channel-names.store.ts'
import { enqueue } from './notifications/enqueue.store.ts'
import { createProduct, productLives } from './product/product.ts'
import { createStreamHealth, streamHealthLives } from './streaming/stream-health.ts'
import {
  createStreaming,
  streamingProjections,
  streamingTasks,
  streamingTopics,
  type StreamingDeps,
} from './streaming/streaming.ts'
import { createTrackLists, trackListLives } from './streaming/track-lists.ts'
import { createTenancy } from './tenancy/tenancy.ts'

export type ModuleDeps = Core &
  IdentityDeps &
  StreamingDeps &
  NotificationDeps & {
    /** Says that events were committed; see `createOutboxRelay`. */
    readonly poke: () => void
  }

/**
 * The nouns of all domains: one line a domain. A resolver finds `reads`, `queries`, `service` and `live`
 * under each.
 */
export const createModules = (deps: ModuleDeps) => {
  const tenancy = createTenancy(deps)
  const audit = createAudit(deps)
  const { membershipsOf } = tenancy.tenants.service
  const { incidents, alertedIncidents } = createIncidents(deps)
  const alerting = createAlerting({ ...deps, alertedIncidents, measures, channelIds })
  const identity = createIdentity({ ...deps, audit: audit.audit.service, membershipsOf })
  const { onCallSchedules, channelsOnCall, scheduleIds } = createOnCall({
    ...deps,
    channelIds,
    usesOfSchedule: routesOfSchedule,
  })
  const notifying = createNotifications({
    ...deps,
    incidentReads: incidents.reads,
    ruleReads: alerting.alertRules.reads,
    usesOfChannel: usesOfAny(rulesOfChannel, routesOfChannel, schedulesOfChannel(deps.clock)),
    renameChannel: renameInRules,
    noteDelivery: notedDelivery,
  })
  return {
    ...tenancy,
    ...audit,
    ...identity,
    ...createStreaming(deps),
    ...createStreamHealth(deps),
    ...createTrackLists(deps),
    ...createAudience(deps),
    ...createInfrastructure({
      ...deps,
      keys: identity.apiKeys.service,
      tenantOf: tenancy.tenants.service.ofBootstrapToken,
      tenantOfSlug: tenancy.tenants.service.ofSlug,
    }),
    ...createRouting(deps),
    incidents,
    ...alerting,
    onCallSchedules,
    ...notifying,
    ...createNotificationRouting({
      ...deps,
      enqueue,
      onCall: channelsOnCall,
      channelIds,
      scheduleIds,
      deliver: notifying.notifications.service.poke,
    }),
    ...createLogs(deps),
    ...createPlatformEvents(deps),
    ...createMetrics(deps),
    ...createProduct(deps),
  }
}

export type Modules = ReturnType<typeof createModules>

export { datasets } from './datasets.ts'
/** Topics whose events go through the outbox. */
export const eventTopics = [
  ...alertingTopics,
  ...incidentTopics,
  ...infrastructureTopics,
  ...notificationTopics,
  ...streamingTopics,
]
/** What subscribers of states are told of rows that were stored. */
export const lives = [
  ...audienceLives,
  ...infrastructureLives,
  ...logLives,
  ...platformEventsLives,
  ...productLives,
  ...streamHealthLives,
  ...routingLives,
  ...trackListLives,
]
/** Every event of a tenant, of its facts too. */
export const firehose = firehoseOf([
  ...eventTopics.map((topic) => topic as EventTopic<never>),
  ...lives.flatMap(({ topic }) => topic ?? []),
])
/** What rows that were stored move. */
export const projectionsOf = (modules: Modules) => [
  ...infrastructureProjections(modules),
  ...streamingProjections(modules),
]
/** What the program does by the clock. */
export const tasksOf = (modules: Modules, clock: Clock): Task[] => [
  ...infrastructureTasks({ ...modules, clock }),
  ...streamingTasks({ ...modules, clock }),
]
