import { idsByName, type IdsOf } from '../../platform/postgres/ids-by-name.ts'

/** Ids of channels by their names, for those who name them. Throws ValidationError for names that no channel has. */
export const channelIds: IdsOf = async (tx, tenant, named) =>
  idsByName(
    'channel',
    named,
    await tx.notificationChannel.findMany({
      where: { tenantId: tenant, name: { in: named.map(({ name }) => name) } },
      select: { id: true, name: true },
    }),
  )
