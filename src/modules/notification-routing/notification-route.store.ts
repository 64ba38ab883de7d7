import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import type { IdsOf } from '../../platform/postgres/ids-by-name.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { changed } from '../audit/audit.append.ts'
import type { Core } from '../core.ts'
import type { RouteChange, RouteDefinition } from './notification-route.rules.ts'

export type NotificationRouteRow = Prisma.NotificationRouteGetPayload<object>
type Writer = Permit<'notificationRoute:write'>

const within = (names: readonly string[], ...path: string[]) =>
  names.map((name, n) => ({ name, path: [...path, String(n)] }))

/** What a route names, by its id. */
type Names = { readonly channelIds: IdsOf; readonly scheduleIds: IdsOf }

/** Ids of the channels and schedules that a route names. Throws ValidationError for one that there is none of. */
const namedBy = async (
  { channelIds, scheduleIds }: Names,
  tx: PrismaTransaction,
  tenant: TenantId,
  given: RouteChange,
) => {
  const steps = given.escalation ?? []
  const channels = [
    ...within(given.channels ?? [], 'channels'),
    ...steps.flatMap((step, n) => within(step.channels, 'escalation', String(n), 'channels')),
  ]
  const schedules = steps.flatMap((step, n) => within(step.schedules, 'escalation', String(n), 'schedules'))
  const [channel, schedule] = [
    await channelIds(tx, tenant, channels),
    await scheduleIds(tx, tenant, schedules),
  ]
  return { channel, schedule }
}

const columnsOf = (given: RouteChange, idOf: Awaited<ReturnType<typeof namedBy>>) => {
  const { channels, escalation, groupWait, groupInterval, repeatInterval, position, ...rest } = given
  const columns = {
    ...rest,
    position: position ?? undefined,
    groupWaitMs: groupWait,
    groupIntervalMs: groupInterval,
    repeatIntervalMs: repeatInterval,
    channelIds: channels?.map(idOf.channel),
    escalation: escalation?.map((step) => ({
      afterMs: step.after,
      channelIds: step.channels.map(idOf.channel),
      scheduleIds: step.schedules.map(idOf.schedule),
    })),
  }
  return Object.fromEntries(
    Object.entries(columns).filter(([, value]) => value !== undefined),
  ) as Prisma.NotificationRouteUncheckedUpdateInput
}

const audited = ({
  id: _id,
  tenantId: _t,
  version: _v,
  createdAt: _c,
  updatedAt: _u,
  nameFolded: _n,
  pending: _p,
  ...rest
}: NotificationRouteRow) => rest

/** Only this file writes routes. */
export const createNotificationRouteStore = ({
  postgres,
  changes,
  ...names
}: Pick<Core, 'postgres' | 'changes'> & Names) => ({
  reads: rowsOf(postgres, 'notificationRoute'),

  /** Throws P2002 when the name is taken, and ValidationError. Null when the tenant has `most` already. */
  create: (permit: Writer, given: RouteDefinition, most: number, last: number) =>
    changes(
      permit,
      async (tx) => {
        const tenantId = permit.tenant
        await lockedTenant(tx, tenantId) // so that many at once don't exceed the bound, nor take one position
        const { _count: count, _max: max } = await tx.notificationRoute.aggregate({
          where: { tenantId },
          _count: true,
          _max: { position: true },
        })
        if (count >= most) return null
        const data = columnsOf(given, await namedBy(names, tx, tenantId, given))
        const position = given.position ?? Math.min(last, (max.position ?? -1) + 1)
        const result = await tx.notificationRoute.create({
          data: {
            ...(data as Prisma.NotificationRouteUncheckedCreateInput),
            position,
            id: uuidv7(),
            tenantId,
          },
        })
        const audit = {
          as: 'createNotificationRoute',
          of: ['NotificationRoute', result.id],
          after: audited(result),
        } as const
        return { result, audit }
      },
      (tx, id) => tx.notificationRoute.findFirst({ where: { tenantId: permit.tenant, id } }),
    ),

  /** Null when there is no such route. Throws as `create`, and what `check` throws of the row as it is. */
  update: (permit: Writer, id: string, given: RouteChange, check: (row: NotificationRouteRow) => void) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await lockedTenant(tx, tenantId) // nobody deletes meanwhile what it names
      await tx.$queryRaw`SELECT 1 FROM notification_routes WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`
      const before = await tx.notificationRoute.findFirst({ where: { tenantId, id } })
      if (!before) return null
      check(before)
      const data = columnsOf(given, await namedBy(names, tx, tenantId, given))
      const result = await tx.notificationRoute.update({
        where: { tenantId_id: { tenantId, id } },
        data: { ...data, pending: true, version: { increment: 1 } },
      })
      const fields = changed(audited(before), audited(result))
      return { result, audit: { as: 'updateNotificationRoute', of: ['NotificationRoute', id], ...fields } }
    }),

  /** Null when there is no such route. */
  remove: (permit: Writer, id: string) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const result = await tx.notificationRoute.findFirst({ where: { tenantId, id } })
      if (!result || (await tx.notificationRoute.deleteMany({ where: { tenantId, id } })).count === 0)
        return null
      // What it held and had not told goes to the others.
      await tx.notificationRoute.updateMany({ where: { tenantId }, data: { pending: true } })
      const audit = {
        as: 'deleteNotificationRoute',
        of: ['NotificationRoute', id],
        before: audited(result),
      } as const
      return { result, audit }
    }),
})
export type NotificationRouteStore = ReturnType<typeof createNotificationRouteStore>
