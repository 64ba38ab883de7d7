import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { changed } from '../audit/audit.append.ts'
import type { Core } from '../core.ts'
import type { Matcher } from './matcher.ts'

export type InhibitionRow = Prisma.InhibitionGetPayload<object>
type Writer = Permit<'notificationRoute:write'>
export type InhibitionFields = {
  readonly name: string
  readonly sourceMatchers: Matcher[]
  readonly targetMatchers: Matcher[]
  readonly equal: string[]
  readonly enabled: boolean
}

const audited = ({ name, sourceMatchers, targetMatchers, equal, enabled }: InhibitionRow) => ({
  name,
  sourceMatchers,
  targetMatchers,
  equal,
  enabled,
})

/** Only this file writes inhibitions. */
export const createInhibitionStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'inhibition'),

  /** Throws P2002 when the name is taken. Null when the tenant has `most` already. */
  create: (permit: Writer, fields: InhibitionFields, most: number) =>
    changes(
      permit,
      async (tx) => {
        const tenantId = permit.tenant
        await lockedTenant(tx, tenantId) // so that many at once don't exceed the bound
        if ((await tx.inhibition.count({ where: { tenantId } })) >= most) return null
        const result = await tx.inhibition.create({ data: { ...fields, id: uuidv7(), tenantId } })
        return {
          result,
          audit: { as: 'createInhibition', of: ['Inhibition', result.id], after: audited(result) },
        }
      },
      (tx, id) => tx.inhibition.findFirst({ where: { tenantId: permit.tenant, id } }),
    ),

  /** Null when there is no such inhibition. Throws what `check` throws of the row as it is. */
  update: (
    permit: Writer,
    id: string,
    fields: Partial<InhibitionFields>,
    check: (row: InhibitionRow) => void,
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await tx.$queryRaw`SELECT 1 FROM inhibitions WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`
      const before = await tx.inhibition.findFirst({ where: { tenantId, id } })
      if (!before) return null
      check(before)
      const result = await tx.inhibition.update({
        where: { tenantId_id: { tenantId, id } },
        data: { ...fields, version: { increment: 1 } },
      })
      const what = changed(audited(before), audited(result))
      return { result, audit: { as: 'updateInhibition', of: ['Inhibition', id], ...what } }
    }),

  /** Null when there is no such inhibition. */
  remove: (permit: Writer, id: string) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const result = await tx.inhibition.findFirst({ where: { tenantId, id } })
      if (!result || (await tx.inhibition.deleteMany({ where: { tenantId, id } })).count === 0) return null
      return { result, audit: { as: 'deleteInhibition', of: ['Inhibition', id], before: audited(result) } }
    }),
})
export type InhibitionStore = ReturnType<typeof createInhibitionStore>
