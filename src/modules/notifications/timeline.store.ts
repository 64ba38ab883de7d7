import type { Permit } from '../../auth/permit.ts'
import { trustTenantId, type TenantId } from '../../platform/ids.ts'
import type { OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import type { Scope } from '../../platform/postgres/scope.ts'
import type { Core } from '../core.ts'

const scope: Scope = { setting: 'app.notifying', value: 'on' }

/** So many entries in one transaction, which holds their incidents meanwhile. */
const BATCH = 100
const DUE = 'SELECT DISTINCT tenant_id FROM notification_incidents WHERE timeline_due'

type Writer = Permit<'incident:write'>
type Due = {
  id: string
  incidentId: string
  channel: string
  kind: string
  repeats: boolean
  escalation: number
  at: Date
}
/** Writes one entry of a timeline; of the incidents' own domain. */
export type NoteDelivery = (
  tx: PrismaTransaction,
  permit: Writer,
  delivered: { incidentId: string; channel: string; what: string; at: Date },
) => Promise<readonly OutboxEvent[]>

/** What a message told, in the words of a timeline. */
const whatOf = ({ kind, repeats, escalation }: Due): string => {
  if (escalation > 0) return `${kind}, step ${escalation} of the escalation`
  return repeats ? `${kind}, again` : kind
}

/** Lets the timelines of incidents tell what was delivered, once each. */
export const createTimelineStore = ({
  postgres,
  changes,
  noteDelivery,
}: Pick<Core, 'postgres' | 'changes'> & { readonly noteDelivery: NoteDelivery }) => ({
  /** Tenants whose timelines have something to tell. */
  tenants: async (): Promise<TenantId[]> => {
    const rows = await postgres.query<{ tenant_id: string }>(scope, { name: 'timelines_due', text: DUE })
    return rows.map(({ tenant_id }) => trustTenantId(tenant_id))
  },

  /**
   * For a tenant, as many as one transaction takes. Answers how many these were; null for none. An incident that somebody
   * holds is left for later: waiting for it while holding others could wait in a ring.
   */
  tell: (permit: Writer): Promise<number | null> =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const due = await tx.$queryRaw<Due[]>`
        SELECT l.id, l.incident_id AS "incidentId", c.name AS channel, n.kind::text AS kind,
               (n.message ->> 'repeats')::boolean AS repeats, (n.message ->> 'escalation')::integer AS escalation,
               n.ended_at AS at
          FROM notification_incidents l
          JOIN incidents i ON i.tenant_id = l.tenant_id AND i.id = l.incident_id
          JOIN notifications n ON n.tenant_id = l.tenant_id AND n.id = l.notification_id
          JOIN notification_channels c ON c.tenant_id = n.tenant_id AND c.id = n.channel_id
         WHERE l.tenant_id = ${tenantId}::uuid AND l.timeline_due
         ORDER BY n.ended_at, l.id LIMIT ${BATCH}
           FOR UPDATE OF l SKIP LOCKED FOR NO KEY UPDATE OF i SKIP LOCKED`
      if (due.length === 0) return null
      const events: OutboxEvent[] = []
      for (const each of due)
        events.push(...(await noteDelivery(tx, permit, { ...each, what: whatOf(each) })))
      const ids = due.map(({ id }) => id)
      await tx.notificationIncident.updateMany({
        where: { tenantId, id: { in: ids } },
        data: { timelineDue: false },
      })
      return { result: due.length, audit: null, events }
    }),
})
export type TimelineStore = ReturnType<typeof createTimelineStore>
