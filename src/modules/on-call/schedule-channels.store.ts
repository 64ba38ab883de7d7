import type { Clock } from '../../platform/clock.ts'
import type { UsesOf } from '../../platform/postgres/uses.ts'

/** Schedules of who is told by a channel: those who take turns, and who takes a time that is not over. */
export const schedulesOfChannel =
  (clock: Clock): UsesOf =>
  async (tx, tenant, { id }) => {
    const rows = await tx.$queryRaw<{ name: string }[]>`
      SELECT name FROM on_call_schedules s
       WHERE s.tenant_id = ${tenant}::uuid
         AND (EXISTS (SELECT FROM jsonb_array_elements(s.participants) p WHERE p ->> 'channelId' = ${id})
              OR EXISTS (SELECT FROM jsonb_array_elements(s.overrides) o
                          WHERE o ->> 'channelId' = ${id} AND (o ->> 'to')::timestamptz > ${new Date(clock.now())}))
       ORDER BY name`
    return rows.map(({ name }) => ({ what: 'on-call schedule', name }))
  }
