import type { TenantId } from '../../platform/ids.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { recordsOf } from '../../platform/postgres/records.ts'
import type { Group, Member, Planned } from './planner.ts'
import { incidentsOf } from './routing.reads.store.ts'

/** So many groups in one transaction. */
export const GROUPS = 100

type GroupRow = Group & { readonly routeId: string | null; readonly ruleId: string | null }
type MemberRow = Omit<Member, 'incident'> & { readonly groupId: string; readonly incidentId: string }

/** Groups that are due, `GROUPS` at most; of `only` these where it is given. */
export const dueGroups = (
  tx: PrismaTransaction,
  tenant: TenantId,
  now: Date,
  only: readonly string[] | null,
): Promise<GroupRow[]> =>
  tx.$queryRaw<GroupRow[]>`
    SELECT id, route_id AS "routeId", rule_id AS "ruleId", labels, dedup_key AS "dedupKey", next_flush_at AS "nextFlushAt",
           last_sent_at AS "lastSentAt", told_channel_ids AS "toldChannelIds", escalate_at AS "escalateAt"
      FROM notification_groups
     WHERE tenant_id = ${tenant}::uuid AND due_at <= ${now} AND (${only}::uuid[] IS NULL OR id = ANY(${only}::uuid[]))
     ORDER BY due_at, id LIMIT ${GROUPS}`

/** The incidents of groups, by the group. */
export const membersOf = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Member[]>> => {
  const rows = await tx.$queryRaw<MemberRow[]>`
    SELECT group_id AS "groupId", incident_id AS "incidentId", told_at AS "toldAt", told_severity AS "toldSeverity",
           escalation_step AS "escalationStep"
      FROM notification_group_members WHERE tenant_id = ${tenant}::uuid AND group_id = ANY(${groupIds}::uuid[])`
  const incidents = await incidentsOf(tx, tenant, [...new Set(rows.map(({ incidentId }) => incidentId))])
  const byId = new Map(incidents.map((incident) => [incident.id, incident]))
  return Map.groupBy(
    rows.map(({ incidentId, ...row }) => ({ ...row, incident: byId.get(incidentId)! })),
    ({ groupId }) => groupId,
  )
}

/** Takes incidents out of groups. */
export const leave = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  members: readonly { readonly groupId: string; readonly incidentId: string }[],
): Promise<void> => {
  if (members.length === 0) return
  const gone = members.map(({ groupId, incidentId }) => ({ group_id: groupId, incident_id: incidentId }))
  await tx.$executeRaw`
    DELETE FROM notification_group_members AS m
     USING jsonb_to_recordset(${recordsOf(gone)}::jsonb) AS g (group_id uuid, incident_id uuid)
     WHERE m.tenant_id = ${tenant}::uuid AND m.group_id = g.group_id AND m.incident_id = g.incident_id`
}

/** What was planned for groups becomes what is remembered of them. */
export const write = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  done: readonly { readonly id: string; readonly before: readonly Member[]; readonly planned: Planned }[],
  now: Date,
): Promise<void> => {
  const over = done.flatMap(({ id, planned }) => (planned.group ? [] : [id]))
  if (over.length > 0)
    await tx.notificationGroup.deleteMany({ where: { tenantId: tenant, id: { in: over } } })
  const rest = done.filter(({ planned }) => planned.group !== null)
  if (rest.length === 0) return
  const groups = rest.map(({ planned: { group } }) => ({
    id: group!.id,
    dedup_key: group!.dedupKey,
    next_flush_at: group!.nextFlushAt,
    last_sent_at: group!.lastSentAt,
    told: group!.toldChannelIds,
    escalate_at: group!.escalateAt,
  }))
  await tx.$executeRaw`
    UPDATE notification_groups AS kept
       SET dedup_key = g.dedup_key, next_flush_at = g.next_flush_at, last_flush_at = ${now}, last_sent_at = g.last_sent_at,
           told_channel_ids = g.told, escalate_at = g.escalate_at,
           due_at = least(g.next_flush_at, g.escalate_at), version = kept.version + 1
      FROM jsonb_to_recordset(${recordsOf(groups)}::jsonb) AS g (id uuid, dedup_key text, next_flush_at timestamptz,
           last_sent_at timestamptz, told uuid[], escalate_at timestamptz)
     WHERE kept.tenant_id = ${tenant}::uuid AND kept.id = g.id`
  const members = rest.flatMap(({ id, before, planned }) => {
    const known = new Set(before)
    return planned.members
      .filter((member) => !known.has(member))
      .map(({ incident, toldAt, toldSeverity, escalationStep }) => ({
        group_id: id,
        incident_id: incident.id,
        told_at: toldAt,
        told_severity: toldSeverity,
        escalation_step: escalationStep,
      }))
  })
  if (members.length > 0)
    await tx.$executeRaw`
      UPDATE notification_group_members AS kept
         SET told_at = m.told_at, told_severity = m.told_severity, escalation_step = m.escalation_step
        FROM jsonb_to_recordset(${recordsOf(members)}::jsonb) AS m (group_id uuid, incident_id uuid, told_at timestamptz,
             told_severity incident_severity, escalation_step integer)
       WHERE kept.tenant_id = ${tenant}::uuid AND kept.group_id = m.group_id AND kept.incident_id = m.incident_id`
  const gone = rest.flatMap(({ id, before, planned }) => {
    const left = new Set(planned.members.map(({ incident }) => incident.id))
    return before
      .filter(({ incident }) => !left.has(incident.id))
      .map(({ incident }) => ({ groupId: id, incidentId: incident.id }))
  })
  await leave(tx, tenant, gone)
}

/** A group that is due is not looked at for so long. */
export const postpone = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  groupId: string,
  now: Date,
  forMs: number,
): Promise<void> => {
  await tx.$executeRaw`
    UPDATE notification_groups SET due_at = ${new Date(now.getTime() + forMs)}, version = version + 1
     WHERE tenant_id = ${tenant}::uuid AND id = ${groupId}::uuid AND due_at <= ${now}`
}
