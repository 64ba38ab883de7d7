import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { idsByName, type IdsOf } from '../../platform/postgres/ids-by-name.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { requireUnused, type UsesOf } from '../../platform/postgres/uses.ts'
import { isZone } from '../../platform/time-zone.ts'
import { changed } from '../audit/audit.append.ts'
import type { Core } from '../core.ts'
import type { NewOverride, ScheduleChange, ScheduleDefinition } from './on-call-schedule.rules.ts'
import { rotationOf } from './rotation.ts'
import { shiftAt, type Override } from './shifts.ts'

export type OnCallScheduleRow = Prisma.OnCallScheduleGetPayload<object>
type Writer = Permit<'onCallSchedule:write'>

const audited = ({ name, ...row }: OnCallScheduleRow) => {
  const { timezone, startsAt } = row
  const { shiftMs, participants, overrides } = rotationOf(row)
  return { name, timezone, startsAt, shiftMs, participants, overrides }
}
const stored = (overrides: readonly Override[]) =>
  overrides.map(({ from, to, ...who }) => ({ ...who, from: from.toISOString(), to: to.toISOString() }))

const columnsOf = async (
  channelIds: IdsOf,
  tx: PrismaTransaction,
  tenant: TenantId,
  { shift, participants, ...given }: ScheduleChange,
) => {
  const named = (participants ?? []).map(({ channel: name }, n) => ({
    name,
    path: ['participants', String(n), 'channel'],
  }))
  const idOf = await channelIds(tx, tenant, named)
  const columns = {
    ...given,
    ...(shift !== undefined && { shiftMs: BigInt(shift) }),
    ...(participants && {
      participants: participants.map(({ name, channel }) => ({ name, channelId: idOf(channel) })),
    }),
  }
  return columns as Prisma.OnCallScheduleUncheckedUpdateInput
}

/** Only this file writes schedules. */
export const createOnCallScheduleStore = ({
  postgres,
  changes,
  channelIds,
  usesOfSchedule,
  log,
}: Pick<Core, 'postgres' | 'changes' | 'log'> & {
  readonly channelIds: IdsOf
  readonly usesOfSchedule: UsesOf
}) => {
  /** Writes what `work` makes of a schedule, which is held meanwhile. Null when there is none. */
  const change = (
    permit: Writer,
    id: string,
    as: 'updateOnCallSchedule' | 'addOnCallOverride' | 'removeOnCallOverride',
    work: (
      tx: PrismaTransaction,
      row: OnCallScheduleRow,
    ) => Promise<Prisma.OnCallScheduleUncheckedUpdateInput>,
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await lockedTenant(tx, tenantId) // nobody deletes a channel meanwhile that it names
      await tx.$queryRaw`SELECT 1 FROM on_call_schedules WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`
      const before = await tx.onCallSchedule.findFirst({ where: { tenantId, id } })
      if (!before) return null
      const data = await work(tx, before)
      const result = await tx.onCallSchedule.update({
        where: { tenantId_id: { tenantId, id } },
        data: { ...data, version: { increment: 1 } },
      })
      const fields = changed(audited(before), audited(result))
      return { result, audit: { as, of: ['OnCallSchedule', id], ...fields } }
    })

  return {
    reads: rowsOf(postgres, 'onCallSchedule'),

    /** Throws P2002 when the name is taken, and ValidationError. Null when the tenant has `most` already. */
    create: (permit: Writer, given: ScheduleDefinition, most: number) =>
      changes(
        permit,
        async (tx) => {
          const tenantId = permit.tenant
          await lockedTenant(tx, tenantId) // so that many at once don't exceed the bound
          if ((await tx.onCallSchedule.count({ where: { tenantId } })) >= most) return null
          const data = await columnsOf(channelIds, tx, tenantId, given)
          const result = await tx.onCallSchedule.create({
            data: { ...(data as Prisma.OnCallScheduleUncheckedCreateInput), id: uuidv7(), tenantId },
          })
          const of = ['OnCallSchedule', result.id] as const
          return { result, audit: { as: 'createOnCallSchedule', of, after: audited(result) } }
        },
        (tx, id) => tx.onCallSchedule.findFirst({ where: { tenantId: permit.tenant, id } }),
      ),

    /** Throws as `create`, and what `check` throws of the row as it is. */
    update: (permit: Writer, id: string, given: ScheduleChange, check: (row: OnCallScheduleRow) => void) =>
      change(permit, id, 'updateOnCallSchedule', (tx, row) => {
        check(row)
        return columnsOf(channelIds, tx, permit.tenant, given)
      }),

    /** Writes the overrides that `work` makes of those that are there and the new one, if there is one. */
    override: (
      permit: Writer,
      id: string,
      given: NewOverride | undefined,
      work: (overrides: readonly Override[], added: readonly Override[]) => readonly Override[],
    ) =>
      change(permit, id, given ? 'addOnCallOverride' : 'removeOnCallOverride', async (tx, row) => {
        const { overrides } = rotationOf(row)
        if (!given) return { overrides: stored(work(overrides, [])) }
        const { channel, ...rest } = given
        const idOf = await channelIds(tx, permit.tenant, [{ name: channel, path: ['channel'] }])
        return { overrides: stored(work(overrides, [{ ...rest, channelId: idOf(channel) }])) }
      }),

    /** Null when there is no such schedule. Throws ConflictError for one that is used. */
    remove: (permit: Writer, id: string) =>
      changes(permit, async (tx) => {
        const tenantId = permit.tenant
        await lockedTenant(tx, tenantId) // nobody names it meanwhile
        const result = await tx.onCallSchedule.findFirst({ where: { tenantId, id } })
        if (result) requireUnused('on-call schedule', result, await usesOfSchedule(tx, tenantId, result))
        if (!result || (await tx.onCallSchedule.deleteMany({ where: { tenantId, id } })).count === 0)
          return null
        return {
          result,
          audit: { as: 'deleteOnCallSchedule', of: ['OnCallSchedule', id], before: audited(result) },
        }
      }),

    /** Ids of schedules by their names, for those who name them. */
    idsOf: (async (tx, tenant, named) =>
      idsByName(
        'on-call schedule',
        named,
        await tx.onCallSchedule.findMany({
          where: { tenantId: tenant, name: { in: named.map(({ name }) => name) } },
          select: { id: true, name: true },
        }),
      )) satisfies IdsOf,

    /** Channels of those who are on call at an instant, within a transaction of whoever tells them. */
    channelsAt: async (
      tx: PrismaTransaction,
      tenant: TenantId,
      ids: readonly string[],
      at: Date,
    ): Promise<readonly string[]> => {
      const rows = await tx.onCallSchedule.findMany({ where: { tenantId: tenant, id: { in: [...ids] } } })
      for (const { id, timezone } of rows)
        if (!isZone(timezone))
          log.warn({ schedule: id, timezone }, 'An on-call schedule has an unknown time zone; UTC is taken')
      const shifts = rows.map((row) => shiftAt(rotationOf(row), at.getTime()))
      return [...new Set(shifts.flatMap((shift) => (shift ? [shift.channelId] : [])))]
    },
  }
}

export type OnCallScheduleStore = ReturnType<typeof createOnCallScheduleStore>
