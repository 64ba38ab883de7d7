import { z } from 'zod'
import type { Permit } from '../../auth/permit.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import type { Core } from '../core.ts'
import type { createIncidents } from '../incidents/incidents.ts'
import { act, type Act } from './act.ts'

type Alerted = ReturnType<typeof createIncidents>['alertedIncidents']
type Writer = Permit<'incident:write'>
type Owed = { id: string; rule_id: string; fingerprint: string; gone: boolean; acts: unknown }

/** So many series in one transaction, which holds the tenant's incidents meanwhile. */
export const BATCH = 100
/** A tick waits for it, and the next one tries again: so long for each that somebody else holds. */
const LOCKED_MS = 1_000
const acts = z.array(act)

const doneTo = (alerted: Alerted, tx: PrismaTransaction, permit: Writer, series: Owed, todo: Act) => {
  const of = { ruleId: series.rule_id, fingerprint: series.fingerprint }
  const at = new Date(todo.at)
  if (todo.kind === 'fire') {
    const { kind: _kind, at: _at, reopenSince, ...fired } = todo
    return alerted.fire(tx, permit, of, { ...fired, reopenSince: new Date(reopenSince) }, at)
  }
  if (todo.kind === 'level') return alerted.level(tx, permit, of, todo, at)
  if (todo.kind === 'last') return alerted.lasts(tx, permit, of, todo, at)
  return todo.kind === 'note'
    ? alerted.note(tx, permit, of, todo.note, at)
    : alerted.resolve(tx, permit, of, todo, at)
}

const noteFirings = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  firedAt: ReadonlyMap<string, Date>,
): Promise<void> => {
  const ids = [...firedAt.keys()]
  // An update takes them in any order. In this one, as all who hold several, so that none wait for each other.
  await tx.$queryRaw`
    SELECT 1 FROM alert_rules WHERE tenant_id = ${tenant}::uuid AND id = ANY (${ids}::uuid[])
     ORDER BY id FOR NO KEY UPDATE`
  await tx.$executeRaw`
    UPDATE alert_rules r SET last_fired_at = greatest(r.last_fired_at, f.at)
      FROM unnest(${ids}::uuid[], ${[...firedAt.values()]}::timestamptz[]) AS f (id, at)
     WHERE r.tenant_id = ${tenant}::uuid AND r.id = f.id`
}

/** Does to incidents what the rows of series say, once each. */
export const createActsStore = ({
  changes,
  alerted,
}: Pick<Core, 'changes'> & { readonly alerted: Alerted }) => ({
  /**
   * For a tenant, as many as one transaction takes, who waited longest first; for one that is off nothing. Answers how many
   * series; null for none.
   */
  run: (permit: Writer): Promise<number | null> =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await tx.$queryRaw`SELECT set_config('lock_timeout', ${String(LOCKED_MS)}, true)`
      const owed = await tx.$queryRaw<Owed[]>`
        SELECT id, rule_id, fingerprint, gone, acts FROM alert_series
         WHERE tenant_id = ${tenantId}::uuid AND acts <> '[]' AND id IN (
           SELECT id FROM alert_series WHERE tenant_id = ${tenantId}::uuid AND acts <> '[]'
            ORDER BY acts -> 0 ->> 'at', id LIMIT ${BATCH})
           AND EXISTS (SELECT FROM tenants t WHERE t.id = tenant_id AND t.is_active AND t.deleted_at IS NULL)
         ORDER BY id FOR UPDATE`
      if (owed.length === 0) return null
      const events: OutboxEvent[] = []
      const firedAt = new Map<string, Date>()
      for (const series of owed)
        for (const todo of acts.parse(series.acts)) {
          events.push(...(await doneTo(alerted, tx, permit, series, todo)))
          if (todo.kind === 'fire') firedAt.set(series.rule_id, new Date(todo.at))
        }
      if (firedAt.size > 0) await noteFirings(tx, tenantId, firedAt)
      const ids = ({ gone }: { gone: boolean }) =>
        owed.flatMap((each) => (each.gone === gone ? [each.id] : []))
      await tx.alertSeries.deleteMany({ where: { tenantId, id: { in: ids({ gone: true }) } } })
      await tx.alertSeries.updateMany({
        where: { tenantId, id: { in: ids({ gone: false }) } },
        data: { acts: [] },
      })
      return { result: owed.length, audit: null, events }
    }),
})

export type ActsStore = ReturnType<typeof createActsStore>
