import { actorLabel } from '../../auth/actor.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import type { Core } from '../core.ts'
import { effectsOf } from './incident.rules.ts'
import { recorded, type IncidentRow, type Writer } from './incident.store.ts'

export type Merge = { readonly id: string; readonly intoId: string; readonly note: string | null }
/** The incident that another was merged into, and that other one. */
export type Merged = { readonly incident: IncidentRow; readonly merged: IncidentRow }

/** Both incidents, locked in the order of their ids: two merges at once wait for each other in one order. */
const lockBoth = async (tx: PrismaTransaction, tenantId: TenantId, { id, intoId }: Merge) => {
  await tx.$queryRaw`
    SELECT FROM incidents WHERE tenant_id = ${tenantId}::uuid AND id IN (${id}::uuid, ${intoId}::uuid)
     ORDER BY id FOR NO KEY UPDATE`
  const rows = await tx.incident.findMany({ where: { tenantId, id: { in: [id, intoId] } } })
  const named = (wanted: string) => rows.find((row) => row.id === wanted)
  return { from: named(id), into: named(intoId) }
}

/** What people do with incidents beside changing their status and adding notes. */
export const createIncidentHandlingStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  /** The name of a member of the tenant whose account is in use; undefined for everybody else. */
  memberName: async (tenant: TenantId, userId: string): Promise<string | undefined> => {
    const member = await postgres.forTenant(tenant).membership.findFirst({
      where: { tenantId: tenant, userId, user: { is: { isActive: true, deletedAt: null } } },
      select: { user: { select: { name: true } } },
    })
    return member?.user.name
  },

  /**
   * Closes an incident as a part of another, which takes over its occurrences. `check` throws for two that can't be
   * merged, or that are not there; nothing changes between it and the merge.
   */
  merge: (
    permit: Writer,
    merge: Merge,
    check: (from: IncidentRow | undefined, into: IncidentRow | undefined) => asserts from is IncidentRow,
    at: Date,
  ): Promise<Merged | null> =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const both = await lockBoth(tx, tenantId, merge)
      check(both.from, both.into)
      const [from, into] = [both.from, both.into!]
      const merged = await tx.incident.update({
        where: { tenantId_id: { tenantId, id: from.id } },
        data: {
          ...effectsOf(from, 'CLOSED', actorLabel(permit.actor), at),
          status: 'CLOSED',
          mergedIntoId: into.id,
          version: { increment: 1 },
        },
      })
      const incident = await tx.incident.update({
        where: { tenantId_id: { tenantId, id: into.id } },
        data: {
          occurrences: { increment: from.occurrences },
          firstSeenAt: from.firstSeenAt < into.firstSeenAt ? from.firstSeenAt : into.firstSeenAt,
          lastSeenAt: from.lastSeenAt > into.lastSeenAt ? from.lastSeenAt : into.lastSeenAt,
          version: { increment: 1 },
        },
      })
      const event = { kind: 'MERGED' as const, note: merge.note }
      const end = await recorded(tx, permit, merged, { ...event, before: null, after: `#${into.number}` }, at)
      const taken = await recorded(
        tx,
        permit,
        incident,
        { ...event, before: `#${from.number}`, after: null },
        at,
      )
      return {
        result: { incident, merged },
        audit: end.audit,
        events: [...(end.events ?? []), ...(taken.events ?? [])],
      }
    }),
})

export type IncidentHandlingStore = ReturnType<typeof createIncidentHandlingStore>
