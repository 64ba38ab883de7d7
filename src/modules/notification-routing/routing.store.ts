import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { isDataRefused } from '../../platform/postgres/errors.ts'
import type { Postgres, PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { recordsOf } from '../../platform/postgres/records.ts'
import type { Scope } from '../../platform/postgres/scope.ts'
import { forEachInTurn } from '../../platform/tasks.ts'
import { inTurns } from '../../platform/turns.ts'
import type { Message } from '../notifications/message.ts'
import { dueGroups, leave, membersOf, postpone, write } from './groups.store.ts'
import { mutesOf } from './mutes.ts'
import { placed, type Join, type Membership } from './placing.ts'
import { planGroup } from './planner.ts'
import { incidentsOf, mutedByOf, routesOf } from './routing.reads.store.ts'
import { ownRoute, type Route, type RoutedIncident, type Step } from './routing.ts'

const scope: Scope = { setting: 'app.notifying', value: 'on' }

/** Apart from the locks of the program's other work by its number, as in `audit.change.ts`. */
const LOCK_CLASS = 7_237

/** So many incidents in one transaction. */
export const SIGNALS = 500

/** How long a group that can't be written waits until it is tried again. */
const REFUSED_MS = 60_000

export type Enqueue = (
  tx: PrismaTransaction,
  tenant: TenantId,
  messages: readonly { channelId: string; message: Message }[],
  at: Date,
) => Promise<void>
/** Channels of who is on call in schedules at a time. */
export type OnCall = (
  tx: PrismaTransaction,
  tenant: TenantId,
  scheduleIds: readonly string[],
  at: Date,
) => Promise<readonly string[]>

export type RoutingStoreDeps = {
  readonly postgres: Postgres
  readonly enqueue: Enqueue
  /** Without it schedules tell nobody. */
  readonly onCall?: OnCall
}

// Where a tenant is off, all of this waits.
const TENANTS = `
  SELECT tenant_id FROM (
    SELECT tenant_id FROM incident_signals
     UNION SELECT tenant_id FROM notification_routes WHERE pending
     UNION SELECT tenant_id FROM notification_groups WHERE due_at <= $1) waits
    JOIN tenants t ON t.id = tenant_id AND t.is_active AND t.deleted_at IS NULL`

/**
 * Whether this transaction is the one that routes the tenant until it ends. Others have nothing to do meanwhile, and come again
 * in a second.
 */
const isFirst = async (tx: PrismaTransaction, tenant: TenantId): Promise<boolean> => {
  const [row] = await tx.$queryRaw<{ first: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(${LOCK_CLASS}::int, hashtext(${tenant})) AS first`
  return row!.first
}

/** Makes the groups that incidents join. */
const join = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  joins: readonly Join[],
  now: Date,
): Promise<void> => {
  if (joins.length === 0) return
  const groups = Map.groupBy(joins, ({ groupKey }) => groupKey)
    .entries()
    .map(([groupKey, [first, ...rest]]) => ({
      id: uuidv7(now.getTime()),
      group_key: groupKey,
      route_id: first!.routeId,
      rule_id: first!.ruleId,
      labels: first!.labels,
      dedup_key: uuidv7(now.getTime()),
      flush_at: new Date(now.getTime() + first!.waitMs),
      urgent: [first!, ...rest].some(({ urgent }) => urgent),
    }))
    .toArray()
  const kept = await tx.$queryRaw<{ id: string; groupKey: string }[]>`
    INSERT INTO notification_groups AS kept (id, tenant_id, route_id, rule_id, group_key, labels, dedup_key, next_flush_at,
                                             due_at)
    SELECT id, ${tenant}::uuid, route_id, rule_id, group_key, labels, dedup_key, flush_at, flush_at
      FROM jsonb_to_recordset(${recordsOf(groups)}::jsonb) AS g (id uuid, route_id uuid, rule_id uuid, group_key text,
           labels jsonb, dedup_key text, flush_at timestamptz, urgent boolean)
    ON CONFLICT (tenant_id, group_key) DO UPDATE SET version = kept.version + 1
    RETURNING id, group_key AS "groupKey"`
  const ids = new Map(kept.map(({ id, groupKey }) => [groupKey, id]))
  const urgent = groups.filter((group) => group.urgent)
  if (urgent.length > 0)
    await tx.$executeRaw`
      UPDATE notification_groups AS kept SET next_flush_at = least(kept.next_flush_at, g.flush_at),
             due_at = least(kept.due_at, g.flush_at)
        FROM jsonb_to_recordset(${recordsOf(urgent)}::jsonb) AS g (group_key text, flush_at timestamptz)
       WHERE kept.tenant_id = ${tenant}::uuid AND kept.group_key = g.group_key`
  const members = joins.map(({ groupKey, incidentId }) => ({
    group_id: ids.get(groupKey),
    incident_id: incidentId,
  }))
  await tx.$executeRaw`
    INSERT INTO notification_group_members (tenant_id, group_id, incident_id)
    SELECT ${tenant}::uuid, group_id, incident_id
      FROM jsonb_to_recordset(${recordsOf(members)}::jsonb) AS m (group_id uuid, incident_id uuid)
    ON CONFLICT DO NOTHING`
}

/**
 * What is open, where a route has changed since that was held against it; what its groups tell next is due by its interval of
 * now. Not by signals: who writes many of these waits for who changes an incident, and the other way round.
 */
const pending = async (tx: PrismaTransaction, tenant: TenantId): Promise<string[]> => {
  const changed = await tx.$queryRaw<{ id: string }[]>`
    UPDATE notification_routes SET pending = false WHERE tenant_id = ${tenant}::uuid AND pending RETURNING id`
  if (changed.length === 0) return []
  // By who routes and not by who changes the route: the two would take groups in different orders. A group that nobody was told
  // of yet waits as it began to.
  await tx.$executeRaw`
    UPDATE notification_groups AS kept
       SET next_flush_at = least(kept.next_flush_at, i.ends), due_at = least(kept.due_at, i.ends), version = kept.version + 1
      FROM (SELECT g.id, g.last_flush_at + r.group_interval_ms * interval '1 ms' AS ends
              FROM notification_groups g JOIN notification_routes r ON r.tenant_id = g.tenant_id AND r.id = g.route_id
             WHERE g.tenant_id = ${tenant}::uuid AND r.id = ANY(${changed.map(({ id }) => id)}::uuid[])) i
     WHERE kept.tenant_id = ${tenant}::uuid AND kept.id = i.id AND kept.next_flush_at > i.ends`
  const open = await tx.incident.findMany({
    where: { tenantId: tenant, status: { in: ['OPEN', 'INVESTIGATING', 'SUPPRESSED'] } },
    select: { id: true },
  })
  return open.map(({ id }) => id)
}

/** What is open of rules that were given other channels: their ids stand among those of incidents that have changed. */
const ofRules = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  ids: readonly string[],
): Promise<string[]> => {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT i.id FROM alert_rules r JOIN incidents i ON i.tenant_id = r.tenant_id AND i.rule_id = r.id
     WHERE r.tenant_id = ${tenant}::uuid AND r.id = ANY(${ids}::uuid[])
       AND i.status IN ('OPEN', 'INVESTIGATING', 'SUPPRESSED')`
  return rows.map(({ id }) => id)
}

const alive = (tx: PrismaTransaction): Promise<unknown> => tx.$queryRaw`SELECT 1`

const membershipsOf = (
  tx: PrismaTransaction,
  tenant: TenantId,
  incidentIds: readonly string[],
): Promise<Membership[]> =>
  tx.$queryRaw<Membership[]>`
    SELECT m.group_id AS "groupId", m.incident_id AS "incidentId", g.route_id AS "routeId", g.rule_id AS "ruleId",
           g.group_key AS "groupKey", g.labels, m.told_at AS "toldAt", m.told_severity AS "toldSeverity"
      FROM notification_group_members m JOIN notification_groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
     WHERE m.tenant_id = ${tenant}::uuid AND m.incident_id = ANY(${incidentIds}::uuid[])`

/** Those of the channels that are on, and stay so until this transaction ends: whoever switches one off waits for it. */
const channelsOn = async (
  tx: PrismaTransaction,
  tenant: TenantId,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM notification_channels
     WHERE tenant_id = ${tenant}::uuid AND enabled AND id = ANY(${ids}::uuid[]) ORDER BY id FOR SHARE`
  return new Set(rows.map(({ id }) => id))
}

/** From a change of an incident to rows of messages. Several programs may do it at once. */
export const createRoutingStore = ({ postgres, enqueue, onCall }: RoutingStoreDeps) => {
  /** Channels of the schedules that steps of those routes name. */
  const onCallNow = async (tx: PrismaTransaction, tenant: TenantId, routes: readonly Route[], now: Date) => {
    const ids = new Set(
      routes.flatMap(({ escalation }) => escalation.flatMap(({ scheduleIds }) => scheduleIds)),
    )
    const found = new Map<string, readonly string[]>()
    if (onCall) for (const id of ids) found.set(id, await onCall(tx, tenant, [id], now))
    return found
  }

  /** Tells what is due, of `only` these groups where it is given, in one transaction. Answers which these were. */
  const flushed = (
    tenant: TenantId,
    now: Date,
    only: readonly string[] | null = null,
  ): Promise<readonly { readonly id: string }[]> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      if (!(await isFirst(tx, tenant))) return []
      const due = await dueGroups(tx, tenant, now, only)
      if (due.length === 0) return []
      const members = await membersOf(
        tx,
        tenant,
        due.map(({ id }) => id),
      )
      const routes = new Map((await routesOf(tx, tenant)).map((route) => [route.id, route]))
      const held = [...members.values()].flatMap((of) => of.map(({ incident }) => incident))
      const muted = await inTurns(
        mutesOf(held, await mutedByOf(tx, tenant, now), (mutes) => mutes.length > 0),
        () => alive(tx),
      )
      const isMuted = ({ id }: RoutedIncident): boolean => muted.get(id) === true
      const named = due.flatMap(({ routeId }) => (routeId === null ? [] : (routes.get(routeId) ?? [])))
      const called = await onCallNow(tx, tenant, named, now)
      const channelsOf = ({ channelIds, scheduleIds }: Step): string[] => [
        ...channelIds,
        ...scheduleIds.flatMap((id) => called.get(id) ?? []),
      ]
      const rulesOwn = held.flatMap(({ rule }) => rule?.channelIds ?? [])
      const ofRoutes = named.flatMap(({ channelIds, escalation }) => [
        ...channelIds,
        ...escalation.flatMap(channelsOf),
      ])
      const on = await channelsOn(tx, tenant, [...new Set([...rulesOwn, ...ofRoutes])])
      const done = due.map(({ routeId, ruleId, ...group }) => {
        const before = members.get(group.id) ?? []
        const rule = before.find(({ incident }) => incident.rule?.id === ruleId)?.incident.rule
        const own = rule && rule.channelIds.length > 0 ? ownRoute(rule) : undefined
        const planned = planGroup(group, before, {
          route: routeId === null ? own : routes.get(routeId),
          isMuted,
          isOn: (channelId) => on.has(channelId),
          channelsOf,
          newKey: uuidv7,
          now,
        })
        return { id: group.id, before, planned }
      })
      await enqueue(
        tx,
        tenant,
        done.flatMap(({ planned }) => planned.messages),
        now,
      )
      await write(tx, tenant, done, now)
      return due
    })

  return {
    /** The active tenants for which there is something to do. */
    tenants: async (now: Date): Promise<TenantId[]> => {
      const rows = await postgres.query<{ tenant_id: string }>(scope, {
        name: 'notifying_tenants',
        text: TENANTS,
        values: [now],
      })
      return rows.map(({ tenant_id }) => trustTenantId(tenant_id))
    },

    /** Puts incidents that have changed into their groups. Answers how many these were, `SIGNALS` at most. */
    place: (tenant: TenantId, now: Date): Promise<number> =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        if (!(await isFirst(tx, tenant))) return 0
        // Taken away before the incidents are read: a change that is not committed yet holds its signal (`recorded`), so it is
        // not among these, and one that comes later makes it anew.
        const signals = await tx.$queryRaw<{ id: string }[]>`
          DELETE FROM incident_signals WHERE tenant_id = ${tenant}::uuid AND incident_id IN (
            SELECT incident_id FROM incident_signals WHERE tenant_id = ${tenant}::uuid
             ORDER BY incident_id LIMIT ${SIGNALS} FOR UPDATE SKIP LOCKED)
          RETURNING incident_id AS id`
        const again = await pending(tx, tenant)
        if (signals.length === 0 && again.length === 0) return 0
        const signaled = signals.map(({ id }) => id)
        const ids = [...new Set([...signaled, ...again, ...(await ofRules(tx, tenant, signaled))])]
        const incidents = await incidentsOf(tx, tenant, ids)
        const memberships = await membershipsOf(tx, tenant, ids)
        const routes = await routesOf(tx, tenant)
        const { joins, leaves } = await inTurns(placed(incidents, memberships, routes), () => alive(tx))
        await leave(tx, tenant, leaves)
        await join(tx, tenant, joins, now)
        return signals.length
      }),

    /**
     * Tells what is due. Answers how many groups these were, `GROUPS` at most. Where Postgres refuses what is to be written of
     * one, throws that after the others were told, each in a transaction of its own; that one is tried again in a minute.
     */
    flush: async (tenant: TenantId, now: Date): Promise<number> => {
      try {
        return (await flushed(tenant, now)).length
      } catch (error) {
        if (!isDataRefused(error)) throw error
      }
      const db = postgres.forTenant(tenant)
      const due = await dueGroups(db, tenant, now, null)
      await forEachInTurn(due, async ({ id }) => {
        try {
          await flushed(tenant, now, [id])
        } catch (error) {
          if (isDataRefused(error)) await postpone(db, tenant, id, now, REFUSED_MS)
          throw error
        }
      })
      return due.length
    },
  }
}
export type RoutingStore = ReturnType<typeof createRoutingStore>
