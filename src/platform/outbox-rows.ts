import type { Place } from './held-topics.ts'
import { trustTenantId, type TenantId } from './ids.ts'
import type { ScopedRun } from './postgres/postgres.ts'

type Row = {
  sequence: string
  id: string
  tenant: string
  topic: string
  payload: unknown
  /** Long enough in the outbox for a newer process to have read it. */
  late: boolean
}
export type Message = Row & { tenant: TenantId }

const messageOf = (row: Row): Message => ({ ...row, tenant: trustTenantId(row.tenant) })

const tenantsOf = (places: readonly Place[]): TenantId[] => places.map(({ tenant }) => tenant)
const topicsOf = (places: readonly Place[]): string[] => places.map(({ topic }) => topic)

/** The first that wait, by their sequence: `limit` at most, of these topics, none of those `except`. */
export const nextMessages = async (
  query: ScopedRun,
  given: { limit: number; topics: readonly string[]; except: readonly Place[]; graceMs: number },
): Promise<Message[]> => {
  const rows = await query<Row>({
    name: 'outbox_next',
    text: `SELECT sequence, id, tenant_id AS tenant, topic, payload, created_at < now() - $5 * interval '1 ms' AS late
             FROM outbox_messages m
            WHERE set_aside_at IS NULL AND topic = ANY($2) AND NOT EXISTS (
              SELECT FROM unnest($3::uuid[], $4::text[]) AS held (tenant_id, topic)
               WHERE held.tenant_id = m.tenant_id AND held.topic = m.topic)
            ORDER BY sequence LIMIT $1`,
    values: [given.limit, given.topics, tenantsOf(given.except), topicsOf(given.except), given.graceMs],
  })
  return rows.map(messageOf)
}

/** The first that waits of each of these topics; none of those in which nothing does. */
export const firstMessages = async (
  query: ScopedRun,
  given: { places: readonly Place[]; graceMs: number },
): Promise<Message[]> => {
  const rows = await query<Row>({
    name: 'outbox_first',
    text: `SELECT sequence, id, tenant_id AS tenant, topic, payload, created_at < now() - $3 * interval '1 ms' AS late
             FROM outbox_messages
            WHERE sequence IN (
              SELECT min(sequence) FROM outbox_messages
                JOIN unnest($1::uuid[], $2::text[]) AS held (tenant_id, topic) USING (tenant_id, topic)
               WHERE set_aside_at IS NULL GROUP BY tenant_id, topic)`,
    values: [tenantsOf(given.places), topicsOf(given.places), given.graceMs],
  })
  return rows.map(messageOf)
}

const sequencesOf = (messages: readonly Message[]): string[] => messages.map(({ sequence }) => sequence)

/** Kept for a version that can read it, and out of the way of the others. Answers those that were still there. */
export const setAside = async (
  query: ScopedRun,
  messages: readonly Message[],
): Promise<Pick<Row, 'sequence' | 'id' | 'topic'>[]> => {
  if (messages.length === 0) return []
  return query({
    text: 'UPDATE outbox_messages SET set_aside_at = now() WHERE sequence = ANY($1::bigint[]) RETURNING sequence, id, topic',
    values: [sequencesOf(messages)],
  })
}

/** Also what another process has set aside meanwhile: it is published. */
export const remove = async (query: ScopedRun, messages: readonly Message[]): Promise<void> => {
  await query({
    name: 'outbox_remove',
    text: 'DELETE FROM outbox_messages WHERE sequence = ANY($1::bigint[])',
    values: [sequencesOf(messages)],
  })
}
