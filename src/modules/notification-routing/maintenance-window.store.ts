import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { LimitError, NotFoundError } from '../../platform/problems.ts'
import { changed } from '../audit/audit.append.ts'
import type { Core } from '../core.ts'

export type MaintenanceWindowRow = Prisma.MaintenanceWindowGetPayload<object>
type Writer = Permit<'silence:write'>
export type NewWindow = Pick<
  MaintenanceWindowRow,
  'nodeId' | 'streamId' | 'startsAt' | 'endsAt' | 'comment' | 'createdBy'
>
export type WindowChange = Partial<Pick<MaintenanceWindowRow, 'startsAt' | 'endsAt' | 'comment'>>

const audited = ({ nodeId, streamId, startsAt, endsAt, comment }: MaintenanceWindowRow) => ({
  nodeId,
  streamId,
  startsAt,
  endsAt,
  comment,
})

/** So that many at once don't exceed the bound. Throws LimitError when `most` are not over at that time. */
const requireRoom = async (tx: PrismaTransaction, tenantId: TenantId, most: number, at: Date) => {
  await lockedTenant(tx, tenantId)
  if ((await tx.maintenanceWindow.count({ where: { tenantId, endsAt: { gt: at } } })) < most) return
  throw new LimitError(
    `A tenant has at most ${most} maintenance windows that are not over. End one that nobody needs; a node whose mode is MAINTENANCE needs none.`,
  )
}

/** Only this file writes maintenance windows. */
export const createMaintenanceWindowStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'maintenanceWindow'),

  /** Throws NotFoundError where there is no such node or stream, and LimitError when `most` are not over at that time. */
  create: (permit: Writer, window: NewWindow, most: number, at: Date) =>
    changes(
      permit,
      async (tx) => {
        const tenantId = permit.tenant
        await requireRoom(tx, tenantId, most, at)
        const { nodeId, streamId } = window
        if (nodeId !== null && (await tx.edgeNode.count({ where: { tenantId, id: nodeId } })) === 0)
          throw new NotFoundError('There is no edge node with this id.', ['nodeId'])
        if (
          streamId !== null &&
          (await tx.stream.count({ where: { tenantId, id: streamId, deletedAt: null } })) === 0
        )
          throw new NotFoundError('There is no stream with this id.', ['streamId'])
        const result = await tx.maintenanceWindow.create({ data: { ...window, id: uuidv7(), tenantId } })
        return {
          result,
          audit: {
            as: 'createMaintenanceWindow',
            of: ['MaintenanceWindow', result.id],
            after: audited(result),
          },
        }
      },
      (tx, id) => tx.maintenanceWindow.findFirst({ where: { tenantId: permit.tenant, id } }),
    ),

  /**
   * Null when there is no such window. Throws what `work`, which answers the changes, throws of it, and LimitError for one
   * that was over and is one too many.
   */
  update: (
    permit: Writer,
    id: string,
    work: (row: MaintenanceWindowRow) => WindowChange,
    most: number,
    at: Date,
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await lockedTenant(tx, tenantId) // before the window, as who counts them
      await tx.$queryRaw`SELECT 1 FROM maintenance_windows WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`
      const before = await tx.maintenanceWindow.findFirst({ where: { tenantId, id } })
      if (!before) return null
      const data = work(before)
      if (before.endsAt <= at && data.endsAt && data.endsAt > at) await requireRoom(tx, tenantId, most, at)
      const result = await tx.maintenanceWindow.update({
        where: { tenantId_id: { tenantId, id } },
        data,
      })
      const fields = changed(audited(before), audited(result))
      return { result, audit: { as: 'updateMaintenanceWindow', of: ['MaintenanceWindow', id], ...fields } }
    }),

  /** Null when there is no such window. */
  remove: (permit: Writer, id: string) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const result = await tx.maintenanceWindow.findFirst({ where: { tenantId, id } })
      if (!result || (await tx.maintenanceWindow.deleteMany({ where: { tenantId, id } })).count === 0)
        return null
      return {
        result,
        audit: { as: 'deleteMaintenanceWindow', of: ['MaintenanceWindow', id], before: audited(result) },
      }
    }),
})
export type MaintenanceWindowStore = ReturnType<typeof createMaintenanceWindowStore>
