import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import type { IncidentSeverity, IncidentStatus } from '../../generated/prisma/enums.ts'
import { decodeGlobalID, encodeGlobalID } from '../../src/graphql/global-id.ts'
import { createRoutingStore, type Enqueue } from '../../src/modules/notification-routing/routing.store.ts'
import { createRouter } from '../../src/modules/notification-routing/routing.task.ts'
import { enqueue as usual } from '../../src/modules/notifications/enqueue.store.ts'
import type { Message } from '../../src/modules/notifications/message.ts'
import { uuidv7, type TenantId } from '../../src/platform/ids.ts'
import type { TestApp } from './app.ts'

/** A router on the stores of a program, whose time is what a test says. */
export const routerOn = ({ app }: Pick<TestApp, 'app'>, { enqueue = usual }: { enqueue?: Enqueue } = {}) => {
  let nowMs = Date.now()
  const clock = { now: () => nowMs }
  const store = createRoutingStore({ postgres: app.postgres, enqueue })
  return {
    ...createRouter({ store, clock }),
    store,
    /** A look so many milliseconds later. */
    after: async (ms: number): Promise<void> => {
      nowMs += ms
      await createRouter({ store, clock }).look()
    },
    now: () => new Date(nowMs),
  }
}

/** Rows of a tenant, written past the services that the domain beside has. */
export const routed = ({ app }: Pick<TestApp, 'app'>, tenant: TenantId) => {
  const db = app.postgres.forTenant(tenant)
  const permit = trustedPermit<'incident:write'>(tenant, operator)
  return {
    channel: async (name: string, more: object = {}): Promise<string> => {
      const data = { id: uuidv7(), tenantId: tenant, name, kind: 'WEBHOOK', target: 'here', ...more } as const
      return (await db.notificationChannel.create({ data: { ...data, sealed: Buffer.from('s') } })).id
    },
    route: (name: string, channelIds: string[], more: object = {}) =>
      db.notificationRoute.create({
        data: { id: uuidv7(), tenantId: tenant, name, channelIds, position: 0, groupWaitMs: 0, ...more },
      }),
    /** An edge node; answers its global id. */
    node: async (clusterId: string, slug: string): Promise<string> => {
      const data = {
        id: uuidv7(),
        tenantId: tenant,
        clusterId: decodeGlobalID(clusterId).id,
        slug,
        name: slug,
      }
      return encodeGlobalID('EdgeNode', (await db.edgeNode.create({ data })).id)
    },
    open: (title: string, severity: IncidentSeverity = 'HIGH', labels: Record<string, string> = {}) =>
      app.modules.incidents.service.open(permit, {
        title,
        severity,
        labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
      }),
    status: (id: string, status: IncidentStatus) =>
      app.modules.incidents.service.changeStatus(permit, { id, status }),
    /** What was told so far, oldest first. */
    told: async () => {
      const rows = await db.notification.findMany({ where: { tenantId: tenant }, orderBy: { id: 'asc' } })
      return rows.map(({ channelId, dedupKey, message }) => ({
        channelId,
        dedupKey,
        message: message as Message,
      }))
    },
    groups: () => db.notificationGroup.findMany({ where: { tenantId: tenant }, include: { members: true } }),
    signals: () => db.incidentSignal.count({ where: { tenantId: tenant } }),
  }
}

/** A step of an escalation to channels. */
export const step = (afterMs: number, channelIds: string[]) => ({ afterMs, channelIds, scheduleIds: [] })
