import type { Postgres } from '../../platform/postgres/postgres.ts'
import type { ChannelSecrets, Sealed } from './channel.secrets.ts'

/**
 * How many channels of all active tenants these secrets do not open, since they were closed with another one: what goes to
 * them fails until each is given its target anew. Nobody can do that in a tenant that is off or deleted, and nothing is sent
 * for it.
 */
export const lockedChannels = async (
  postgres: Postgres,
  { opens }: Pick<ChannelSecrets, 'opens'>,
): Promise<number> => {
  const channels = await postgres.query<Sealed>(
    { setting: 'app.notifying', value: 'on' },
    {
      text: `SELECT c.id, c.sealed FROM notification_channels c
               JOIN tenants t ON t.id = c.tenant_id AND t.is_active AND t.deleted_at IS NULL`,
    },
  )
  return channels.filter((channel) => !opens(channel)).length
}
