import type { TenantId } from '../../platform/ids.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import type { Matcher } from './matcher.ts'
import type { ActiveInhibition, ActiveSilence, Maintained, MutedBy } from './mutes.ts'
import type { RoutedIncident, Route, RuleOfIncident, Step } from './routing.ts'

type IncidentRow = Omit<RoutedIncident, 'rule'> & { readonly ruleId: string | null }

const rulesOf = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RuleOfIncident>> => {
  if (ids.length === 0) return new Map()
  const rows = await tx.$queryRaw<RuleOfIncident[]>`
    SELECT r.id, r.name, r.operator, r.window_ms AS "windowMs",
           coalesce(array_agg(c.id ORDER BY c.name) FILTER (WHERE c.id IS NOT NULL), '{}') AS "channelIds"
      FROM alert_rules r
      LEFT JOIN notification_channels c ON c.tenant_id = r.tenant_id AND c.name = ANY(r.channels)
     WHERE r.tenant_id = ${tenant}::uuid AND r.id = ANY(${ids}::uuid[]) GROUP BY r.id`
  return new Map(rows.map((rule) => [rule.id, rule]))
}

/** The rule with that name, if there is one. */
export const rulesNamed = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  name: string,
): Promise<RuleOfIncident[]> => {
  const ids = await tx.alertRule.findMany({ where: { tenantId: tenant, name }, select: { id: true } })
  return [
    ...(
      await rulesOf(
        tx,
        tenant,
        ids.map(({ id }) => id),
      )
    ).values(),
  ]
}

/** With the rule of each as it is now, which a deleted one is not any more. */
const withRules = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  rows: readonly IncidentRow[],
): Promise<RoutedIncident[]> => {
  const rules = await rulesOf(tx, tenant, [...new Set(rows.flatMap(({ ruleId }) => ruleId ?? []))])
  return rows.map(({ ruleId, ...row }) => ({ ...row, rule: rules.get(ruleId ?? '') ?? null }))
}

/** Incidents by their ids: however many, by two statements. */
export const incidentsOf = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  ids: readonly string[],
): Promise<RoutedIncident[]> => {
  if (ids.length === 0) return []
  const rows = await tx.$queryRaw<IncidentRow[]>`
    SELECT id, number, title, description, severity, status, source, labels, acknowledged_by AS "acknowledgedBy",
           first_seen_at AS "firstSeenAt", resolved_at AS "resolvedAt", occurrences, value::float8 AS value,
           threshold::float8 AS threshold, merged_into_id AS "mergedIntoId", rule_id AS "ruleId"
      FROM incidents WHERE tenant_id = ${tenant}::uuid AND id = ANY(${ids}::uuid[])`
  return withRules(tx, tenant, rows)
}

const firingIncidents = async (tx: PrismaTransaction, tenant: TenantId): Promise<RoutedIncident[]> => {
  const rows = await tx.$queryRaw<IncidentRow[]>`
    SELECT id, number, title, '' AS description, severity, status, source, labels, acknowledged_by AS "acknowledgedBy",
           first_seen_at AS "firstSeenAt", resolved_at AS "resolvedAt", occurrences, value::float8 AS value,
           threshold::float8 AS threshold, merged_into_id AS "mergedIntoId", rule_id AS "ruleId"
      FROM incidents WHERE tenant_id = ${tenant}::uuid AND status IN ('OPEN', 'INVESTIGATING', 'SUPPRESSED')
     ORDER BY number`
  return withRules(tx, tenant, rows)
}

type RouteRow = Omit<Route, 'matchers' | 'escalation'> & {
  readonly id: string
  readonly matchers: unknown
  readonly escalation: unknown
}

/** Routes that are enabled, in their order. */
export const routesOf = async (tx: PrismaTransaction, tenant: TenantId): Promise<Route[]> => {
  const rows = await tx.$queryRaw<RouteRow[]>`
    SELECT id, name, matchers, channel_ids AS "channelIds", group_by AS "groupBy", group_wait_ms AS "waitMs",
           group_interval_ms AS "intervalMs", repeat_interval_ms AS "repeatMs", continues, escalation
      FROM notification_routes WHERE tenant_id = ${tenant}::uuid AND enabled ORDER BY position, id`
  return rows.map((row) => ({
    ...row,
    matchers: row.matchers as Matcher[],
    escalation: row.escalation as Step[],
  }))
}

const maintainedAt = (tx: PrismaTransaction, tenant: TenantId, now: Date): Promise<Maintained[]> =>
  tx.$queryRaw<Maintained[]>`
    SELECT w.id AS "windowId", w.node_id AS "nodeId", NULL::uuid AS "streamId", n.slug AS name
      FROM maintenance_windows w JOIN edge_nodes n ON n.tenant_id = w.tenant_id AND n.id = w.node_id
     WHERE w.tenant_id = ${tenant}::uuid AND w.starts_at <= ${now} AND w.ends_at > ${now}
    UNION ALL
    SELECT w.id, NULL, w.stream_id, s.internal_name
      FROM maintenance_windows w JOIN streams s ON s.tenant_id = w.tenant_id AND s.id = w.stream_id
     WHERE w.tenant_id = ${tenant}::uuid AND w.starts_at <= ${now} AND w.ends_at > ${now}
    UNION ALL
    SELECT NULL, id, NULL, slug FROM edge_nodes WHERE tenant_id = ${tenant}::uuid AND mode <> 'NORMAL'`

/** What keeps incidents of a tenant quiet at a time. */
export const mutedByOf = async (tx: PrismaTransaction, tenant: TenantId, now: Date): Promise<MutedBy> => {
  const silences = await tx.$queryRaw<ActiveSilence[]>`
    SELECT id, matchers FROM silences
     WHERE tenant_id = ${tenant}::uuid AND ends_at > ${now} AND starts_at <= ${now} ORDER BY starts_at, id`
  const inhibitions = await tx.$queryRaw<ActiveInhibition[]>`
    SELECT id, source_matchers AS source, target_matchers AS target, equal FROM inhibitions
     WHERE tenant_id = ${tenant}::uuid AND enabled ORDER BY created_at, id`
  const maintained = await maintainedAt(tx, tenant, now)
  const firing = inhibitions.length > 0 ? await firingIncidents(tx, tenant) : []
  return { silences, inhibitions, maintained, firing }
}
