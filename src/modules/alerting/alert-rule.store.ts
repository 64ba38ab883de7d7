import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import type { IdsOf } from '../../platform/postgres/ids-by-name.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { changed } from '../audit/audit.append.ts'
import type { Change } from '../audit/audit.change.ts'
import type { Core } from '../core.ts'
import type { CheckedRule } from './alert-rule.checks.ts'
import { columnsOf, definitionOf } from './rule-definition.ts'

export type AlertRuleRow = Prisma.AlertRuleGetPayload<object>
type Writer = Permit<'alertRule:write'>

/** Only this file writes alert rules. */
export const createAlertRuleStore = ({
  postgres,
  changes,
  channelIds,
}: Pick<Core, 'postgres' | 'changes'> & { readonly channelIds: IdsOf }) => ({
  reads: rowsOf(postgres, 'alertRule'),
  seriesReads: rowsOf(postgres, 'alertSeries', { quiet: false }),

  /** Throws Prisma's P2002 when the name is taken, and ValidationError for channels that there are none of. Null when the tenant has `most` already. */
  create: (permit: Writer, rule: CheckedRule, most: number) =>
    changes(
      permit,
      async (tx) => {
        const tenantId = permit.tenant
        await lockedTenant(tx, tenantId) // so that many at once don't exceed the bound
        if ((await tx.alertRule.count({ where: { tenantId } })) >= most) return null
        await channelIds(tx, tenantId, newChannels(rule))
        return created(tx, permit, rule)
      },
      (tx, id) => tx.alertRule.findFirst({ where: { tenantId: permit.tenant, id } }),
    ),

  /**
   * Makes of a rule what `work` makes of its definition. Null when there is no such rule; what `work` throws is thrown, and ValidationError for
   * channels that there are none of, unless the rule named them before.
   */
  update: (permit: Writer, id: string, work: (row: AlertRuleRow) => CheckedRule) =>
    changes(permit, async (tx) => {
      await lockedTenant(tx, permit.tenant) // nobody renames or deletes a channel meanwhile
      const found = await held(tx, permit, id)
      if (!found) return null
      const rule = work(found)
      await channelIds(tx, permit.tenant, newChannels(rule, found))
      return updated(tx, permit, found, rule)
    }),

  /** Its incidents are resolved by the evaluator. Null when there is no such rule. */
  remove: (permit: Writer, id: string) =>
    changes(permit, async (tx) => {
      const found = await held(tx, permit, id)
      if (!found) return null
      await tx.alertRule.delete({ where: { tenantId_id: { tenantId: permit.tenant, id } } })
      const audit = { as: 'deleteAlertRule', of: ['AlertRule', id], before: definitionOf(found) } as const
      return { result: found, audit }
    }),
})

/** Channels that a rule did not name before, each with its place in an input. */
export const newChannels = (
  { channels }: Pick<CheckedRule, 'channels'>,
  before?: Pick<AlertRuleRow, 'channels'>,
) =>
  channels
    .map((name, n) => ({ name, path: ['channels', String(n)] }))
    .filter(({ name }) => !before?.channels.includes(name))

const held = async (tx: PrismaTransaction, { tenant }: Writer, id: string): Promise<AlertRuleRow | null> => {
  await tx.$queryRaw`SELECT 1 FROM alert_rules WHERE tenant_id = ${tenant}::uuid AND id = ${id}::uuid FOR UPDATE`
  return tx.alertRule.findFirst({ where: { tenantId: tenant, id } })
}

const created = async (
  tx: PrismaTransaction,
  { tenant }: Writer,
  rule: CheckedRule,
): Promise<Change<AlertRuleRow>> => {
  const result = await tx.alertRule.create({ data: { ...columnsOf(rule), id: uuidv7(), tenantId: tenant } })
  const audit = { as: 'createAlertRule', of: ['AlertRule', result.id], after: definitionOf(result) } as const
  return { result, audit }
}

const updated = async (
  tx: PrismaTransaction,
  { tenant }: Writer,
  before: AlertRuleRow,
  rule: CheckedRule,
): Promise<Change<AlertRuleRow>> => {
  const result = await tx.alertRule.update({
    where: { tenantId_id: { tenantId: tenant, id: before.id } },
    // What was wrong may be right now: the evaluator says so otherwise.
    data: { ...columnsOf(rule), version: { increment: 1 }, error: null, errorAt: null },
  })
  if (newChannels(rule, before).length > 0) await lookAgain(tx, tenant, before.id)
  const fields = changed(definitionOf(before), definitionOf(result))
  return { result, audit: { as: 'updateAlertRule', of: ['AlertRule', result.id], ...fields } }
}

/**
 * Has routes look at what is open of a rule. One signal, of the rule, and not one of each incident: who does to incidents what
 * series say holds their signals and waits for rules then, and would wait for this one.
 */
export const lookAgain = async (tx: PrismaTransaction, tenant: TenantId, id: string): Promise<void> => {
  await tx.$executeRaw`INSERT INTO incident_signals (tenant_id, incident_id) VALUES (${tenant}::uuid, ${id}::uuid)
    ON CONFLICT (tenant_id, incident_id) DO UPDATE SET incident_id = excluded.incident_id`
}

export type AlertRuleStore = ReturnType<typeof createAlertRuleStore>
