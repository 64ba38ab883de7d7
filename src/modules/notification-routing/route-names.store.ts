import type { UsesOf } from '../../platform/postgres/uses.ts'

type Row = { readonly name: string }
const route = ({ name }: Row) => ({ what: 'route', name })

/** Routes that tell a channel, at once or by a step of their escalation. */
export const routesOfChannel: UsesOf = async (tx, tenant, { id }) => {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT name FROM notification_routes r
     WHERE r.tenant_id = ${tenant}::uuid
       AND (${id}::uuid = ANY (r.channel_ids) OR EXISTS (
              SELECT FROM jsonb_array_elements(r.escalation) step WHERE step -> 'channelIds' ? ${id}::text))
     ORDER BY name`
  return rows.map(route)
}

/** Routes whose escalation tells who is on call in a schedule. */
export const routesOfSchedule: UsesOf = async (tx, tenant, { id }) => {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT name FROM notification_routes r
     WHERE r.tenant_id = ${tenant}::uuid AND EXISTS (
             SELECT FROM jsonb_array_elements(r.escalation) step WHERE step -> 'scheduleIds' ? ${id}::text)
     ORDER BY name`
  return rows.map(route)
}
