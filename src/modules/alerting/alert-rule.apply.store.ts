import type { Permit } from '../../auth/permit.ts'
import { uuidv7 } from '../../platform/ids.ts'
import type { IdsOf } from '../../platform/postgres/ids-by-name.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { changed } from '../audit/audit.append.ts'
import type { Change } from '../audit/audit.change.ts'
import type { Core } from '../core.ts'
import type { RuleEdit } from './alert-rule.apply.ts'
import { lookAgain, newChannels, type AlertRuleRow } from './alert-rule.store.ts'
import { columnsOf, definitionOf } from './rule-definition.ts'

type Audit = Change<unknown>['audit']

const as = 'applyAlertRules'

/** Beside `alert-rule.store.ts`, which writes one rule: many in one transaction, with a row of the audit log for each. */
export const createAlertRuleApplyStore = ({
  changes,
  channelIds,
}: Pick<Core, 'changes'> & { readonly channelIds: IdsOf }) => ({
  /**
   * Does what `plan` says, of the rules with these names, or of all, and of how many there are; with `dryRun` nothing.
   * Answers the plan. What `plan` throws is thrown, and ValidationError for channels that there are none of. Throws Prisma's P2002 when a rule was renamed meanwhile.
   */
  apply: (
    permit: Permit<'alertRule:write'>,
    names: readonly string[] | 'all',
    dryRun: boolean,
    plan: (rows: readonly AlertRuleRow[], count: number) => readonly RuleEdit[],
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await lockedTenant(tx, tenantId) // nobody creates one meanwhile
      // In one order, so that two of these never wait for each other.
      const wanted = names === 'all' ? null : [...names]
      await tx.$queryRaw`
        SELECT 1 FROM alert_rules
         WHERE tenant_id = ${tenantId}::uuid AND (${wanted}::text[] IS NULL OR name = ANY (${wanted}::text[]))
         ORDER BY id FOR UPDATE`
      const count = await tx.alertRule.count({ where: { tenantId } })
      const where = { tenantId, ...(wanted && { name: { in: wanted } }) }
      const rows = await tx.alertRule.findMany({ where, orderBy: { name: 'asc' } })
      const edits = plan(rows, count)
      await channelIds(tx, tenantId, edits.flatMap(named))
      return { result: edits, audit: dryRun ? [] : await written(tx, permit, edits) }
    }),
})

/** Channels that an edit names anew; those that are in the list come first, in its order. */
const named = (edit: RuleEdit, index: number) => {
  if (edit.change !== 'CREATED' && edit.change !== 'UPDATED') return []
  const before = edit.change === 'UPDATED' ? edit.row : undefined
  return newChannels(edit.rule, before).map(({ name, path }) => ({
    name,
    path: ['rules', String(index), ...path],
  }))
}

const written = async (
  tx: PrismaTransaction,
  { tenant }: Permit<'alertRule:write'>,
  edits: readonly RuleEdit[],
): Promise<Audit[]> => {
  const audit: Audit[] = []
  const made: (ReturnType<typeof columnsOf> & { id: string; tenantId: string })[] = []
  const gone: string[] = []
  for (const edit of edits)
    if (edit.change === 'CREATED') {
      const row = { ...columnsOf(edit.rule), id: uuidv7(), tenantId: tenant }
      made.push(row)
      audit.push({ as, of: ['AlertRule', row.id], after: definitionOf(row) })
    } else if (edit.change === 'UPDATED') {
      const { id } = edit.row
      const columns = columnsOf(edit.rule)
      await tx.alertRule.update({
        where: { tenantId_id: { tenantId: tenant, id } },
        data: { ...columns, version: { increment: 1 }, error: null, errorAt: null },
      })
      if (newChannels(edit.rule, edit.row).length > 0) await lookAgain(tx, tenant, id)
      audit.push({ as, of: ['AlertRule', id], ...changed(definitionOf(edit.row), definitionOf(columns)) })
    } else if (edit.change === 'DELETED') {
      gone.push(edit.row.id)
      audit.push({ as, of: ['AlertRule', edit.row.id], before: definitionOf(edit.row) })
    }
  if (gone.length > 0) await tx.alertRule.deleteMany({ where: { tenantId: tenant, id: { in: gone } } })
  if (made.length > 0) await tx.alertRule.createMany({ data: made })
  return audit
}

export type AlertRuleApplyStore = ReturnType<typeof createAlertRuleApplyStore>
