import type { Postgres } from '../../platform/postgres/postgres.ts'
import type { ChannelSecrets, Sealed } from './channel.secrets.ts'

/**
 * How many channels of all tenants these secrets do not open, since they were closed with another one: what goes to them
 * fails until each is given its target anew.
 */
export const lockedChannels = async (
  postgres: Postgres,
  { opens }: Pick<ChannelSecrets, 'opens'>,
): Promise<number> => {
  const channels = await postgres.query<Sealed>(
    { setting: 'app.notifying', value: 'on' },
    { text: 'SELECT id, sealed FROM notification_channels' },
  )
  return channels.filter((channel) => !opens(channel)).length
}
