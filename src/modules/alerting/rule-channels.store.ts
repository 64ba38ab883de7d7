import type { TenantId } from '../../platform/ids.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import type { UsesOf } from '../../platform/postgres/uses.ts'
import { LimitError } from '../../platform/problems.ts'
import { changed } from '../audit/audit.append.ts'
import type { Change } from '../audit/audit.change.ts'
import { definitionOf } from './rule-definition.ts'

/** Each is a row of the audit log too, and all of them one transaction. */
const MAX_RENAMED = 1_000

/** Rules that name a channel, which is held meanwhile. */
export const rulesOfChannel: UsesOf = async (tx, tenant, { name }) => {
  const rows = await tx.alertRule.findMany({
    where: { tenantId: tenant, channels: { has: name } },
    select: { name: true },
    orderBy: { name: 'asc' },
  })
  return rows.map((rule) => ({ what: 'rule', name: rule.name }))
}

/**
 * Lets the rules that name a channel name it as it is called now, within the transaction that renames it. Answers what the
 * audit log tells of each, `as` that mutation. Throws LimitError for more rules than one transaction takes.
 */
export const renameInRules = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  {
    as,
    from,
    to,
    at,
  }: { readonly as: string; readonly from: string; readonly to: string; readonly at: Date },
): Promise<Change<unknown>['audit'][]> => {
  await tx.$queryRaw`
    SELECT 1 FROM alert_rules WHERE tenant_id = ${tenant}::uuid AND ${from} = ANY (channels) ORDER BY id FOR UPDATE`
  const where = { tenantId: tenant, channels: { has: from } }
  const rows = await tx.alertRule.findMany({ where, orderBy: { id: 'asc' }, take: MAX_RENAMED + 1 })
  if (rows.length > MAX_RENAMED)
    throw new LimitError(
      `More than ${MAX_RENAMED} rules name the channel "${from}". Make another channel and apply the rules with its name, a part of them at a time.`,
      ['name'],
    )
  await tx.$executeRaw`
    UPDATE alert_rules r
       SET channels = ARRAY(SELECT c.name FROM (
             SELECT DISTINCT ON (n.name) n.name, n.place
               FROM unnest(array_replace(r.channels, ${from}, ${to})) WITH ORDINALITY AS n (name, place)
              ORDER BY n.name, n.place) c ORDER BY c.place),
           version = r.version + 1, updated_at = ${at}
     WHERE r.tenant_id = ${tenant}::uuid AND ${from} = ANY (r.channels)`
  const after = await tx.alertRule.findMany({
    where: { tenantId: tenant, id: { in: rows.map(({ id }) => id) } },
    orderBy: { id: 'asc' },
  })
  return rows.map((row, n) => ({
    as,
    of: ['AlertRule', row.id] as const,
    ...changed(definitionOf(row), definitionOf(after[n]!)),
  }))
}
