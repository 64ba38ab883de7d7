import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { ConflictError, LimitError } from '../../platform/problems.ts'
import type { Core } from '../core.ts'
import type { Matcher } from './matcher.ts'

export type SilenceRow = Prisma.SilenceGetPayload<object>
type Writer = Permit<'silence:write'>
export type NewSilence = Pick<SilenceRow, 'startsAt' | 'endsAt' | 'comment' | 'createdBy'> & {
  readonly matchers: readonly Matcher[]
}

/** Only this file writes silences. */
export const createSilenceStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'silence'),

  /** Throws LimitError when `most` are not over at that time. */
  create: (permit: Writer, silence: NewSilence, most: number, at: Date) =>
    changes(
      permit,
      async (tx) => {
        const tenantId = permit.tenant
        await lockedTenant(tx, tenantId) // so that many at once don't exceed the bound
        if ((await tx.silence.count({ where: { tenantId, endsAt: { gt: at } } })) >= most)
          throw new LimitError(
            `A tenant has at most ${most} silences that are not over. Expire one that nobody needs, or have one match more.`,
          )
        const result = await tx.silence.create({
          data: { ...silence, matchers: [...silence.matchers], id: uuidv7(), tenantId },
        })
        const { createdBy: _by, ...after } = silence
        return { result, audit: { as: 'createSilence', of: ['Silence', result.id], after } }
      },
      (tx, id) => tx.silence.findFirst({ where: { tenantId: permit.tenant, id } }),
    ),

  /** Null when there is no such silence. Throws ConflictError for one that is over already. */
  expire: (permit: Writer, id: string, at: Date) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await tx.$queryRaw`SELECT 1 FROM silences WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`
      const before = await tx.silence.findFirst({ where: { tenantId, id } })
      if (!before) return null
      if (before.endsAt <= at) throw new ConflictError('This silence is over already.', ['id'])
      const { startsAt, endsAt } = before
      // One that has not begun is over when it would have.
      const result = await tx.silence.update({
        where: { tenantId_id: { tenantId, id } },
        data: { endsAt: startsAt > at ? startsAt : at },
      })
      const fields = { before: { endsAt }, after: { endsAt: result.endsAt } }
      return { result, audit: { as: 'expireSilence', of: ['Silence', id], ...fields } }
    }),
})
export type SilenceStore = ReturnType<typeof createSilenceStore>
