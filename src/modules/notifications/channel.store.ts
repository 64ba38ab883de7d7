import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { requireUnused, type UsesOf } from '../../platform/postgres/uses.ts'
import type { TenantId } from '../../platform/ids.ts'
import { changed } from '../audit/audit.append.ts'
import type { Change } from '../audit/audit.change.ts'
import type { Core } from '../core.ts'
import { giveUp } from './give-up.store.ts'

export type ChannelRow = Prisma.NotificationChannelGetPayload<object>
export type ChannelData = Pick<
  ChannelRow,
  'name' | 'kind' | 'target' | 'sealed' | 'subjectTemplate' | 'bodyTemplate' | 'enabled'
>
type Writer = Permit<'notificationChannel:write'>
/** A channel whose receiver said to a message that it is gone, and where it led then. */
export type Gone = Pick<ChannelRow, 'id' | 'sealed'> & { readonly except: string; readonly reason: string }

/** What the audit log says of one: never where it leads, but for what everybody sees of that. */
const audited = (row: ChannelRow) => ({
  name: row.name,
  kind: row.kind,
  target: row.target,
  enabled: row.enabled,
  subjectTemplate: row.subjectTemplate,
  bodyTemplate: row.bodyTemplate,
})

const held = async (tx: PrismaTransaction, tenant: string, id: string): Promise<ChannelRow | null> => {
  await tx.$queryRaw`SELECT 1 FROM notification_channels
    WHERE tenant_id = ${tenant}::uuid AND id = ${id}::uuid FOR NO KEY UPDATE`
  return tx.notificationChannel.findFirst({ where: { tenantId: tenant, id } })
}

/** What other domains have that names channels. */
export type ChannelUsers = {
  readonly usesOfChannel: UsesOf
  /** Lets what keeps a channel's name keep the new one; answers what the audit log tells of each. */
  readonly renameChannel: (
    tx: PrismaTransaction,
    tenant: TenantId,
    renamed: { readonly as: string; readonly from: string; readonly to: string; readonly at: Date },
  ) => Promise<Change<unknown>['audit'][]>
}

/** Only this file writes channels. */
export const createChannelStore = ({
  postgres,
  changes,
  usesOfChannel,
  renameChannel,
}: Pick<Core, 'postgres' | 'changes'> & ChannelUsers) => ({
  reads: rowsOf(postgres, 'notificationChannel'),

  /** Throws Prisma's P2002 when the name is taken. Null when the tenant has `most` already. */
  create: (permit: Writer, id: string, data: ChannelData, most: number, at: Date) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        await lockedTenant(tx, tenantId) // so that many at once don't exceed the bound
        if ((await tx.notificationChannel.count({ where: { tenantId } })) >= most) return null
        const result = await tx.notificationChannel.create({
          data: { ...data, id, tenantId, createdAt: at, updatedAt: at },
        })
        const of = ['NotificationChannel', id] as const
        return { result, audit: { as: 'createNotificationChannel', of, after: audited(result) } }
      },
      (tx, again) => tx.notificationChannel.findFirst({ where: { tenantId, id: again } }),
    )
  },

  /**
   * Writes what `work` makes of a channel; what names it names it anew. Null when there is none; what `work` throws is
   * thrown, and LimitError where too much names it.
   */
  update: (
    permit: Writer,
    id: string,
    as: 'updateNotificationChannel' | 'rotateNotificationChannelSecret',
    work: (row: ChannelRow) => Partial<ChannelData>,
    at: Date,
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await lockedTenant(tx, tenantId) // nobody names it meanwhile
      const before = await held(tx, tenantId, id)
      if (!before) return null
      const data = work(before)
      const result = await tx.notificationChannel.update({
        where: { tenantId_id: { tenantId, id } },
        // Why it was switched off by itself is over once somebody decides.
        data: {
          ...data,
          ...(data.enabled !== undefined && { disabledReason: null }),
          version: { increment: 1 },
          updatedAt: at,
        },
      })
      const events = result.enabled ? [] : await giveUp(tx, tenantId, { channelId: id }, at)
      const [from, to] = [before.name, result.name]
      const users = from === to ? [] : await renameChannel(tx, tenantId, { as, from, to, at })
      const fields = changed(audited(before), audited(result))
      return { result, audit: [{ as, of: ['NotificationChannel', id], ...fields }, ...users], events }
    }),

  /**
   * Switches off a channel whose receiver is gone, and gives up what waits for it but the message that was told so. Null for
   * one that is off already; 'moved' for one that leads elsewhere than it did for that message.
   */
  switchOff: (permit: Writer, { id, sealed, except, reason: disabledReason }: Gone, at: Date) =>
    changes<'notificationChannel:write', ChannelRow | 'moved'>(permit, async (tx) => {
      const tenantId = permit.tenant
      const before = await held(tx, tenantId, id)
      if (!before?.enabled) return null
      if (Buffer.compare(before.sealed, sealed) !== 0) return { result: 'moved', audit: null }
      const result = await tx.notificationChannel.update({
        where: { tenantId_id: { tenantId, id } },
        data: { enabled: false, disabledReason, version: { increment: 1 }, updatedAt: at },
      })
      const events = await giveUp(tx, tenantId, { channelId: id, id: { not: except } }, at)
      const fields = { before: { enabled: true }, after: { enabled: false, disabledReason } }
      return {
        result,
        audit: { as: 'updateNotificationChannel', of: ['NotificationChannel', id], ...fields },
        events,
      }
    }),

  /** Tells the audit log that somebody had a message sent by hand. */
  tested: (permit: Writer, { id, name }: ChannelRow, outcome: { delivered: boolean; code: string | null }) =>
    changes(permit, () =>
      Promise.resolve({
        result: null,
        audit: {
          as: 'testNotificationChannel',
          of: ['NotificationChannel', id] as const,
          after: { name, delivered: outcome.delivered, failure: outcome.code },
        },
      }),
    ),

  /** With all messages to it. Null when there is no such channel. Throws ConflictError for one that is used. */
  remove: (permit: Writer, id: string) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await lockedTenant(tx, tenantId) // nobody names it meanwhile
      const before = await held(tx, tenantId, id)
      if (!before) return null
      requireUnused('channel', before, await usesOfChannel(tx, tenantId, before))
      await tx.notificationChannel.delete({ where: { tenantId_id: { tenantId, id } } })
      const of = ['NotificationChannel', id] as const
      return { result: before, audit: { as: 'deleteNotificationChannel', of, before: audited(before) } }
    }),
})

export type ChannelStore = ReturnType<typeof createChannelStore>
