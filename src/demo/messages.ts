import type { App } from '../app.ts'
import { demo } from '../auth/actor.ts'
import { trustedPermit } from '../auth/permit.ts'
import type { TenantId } from '../platform/ids.ts'
import type { DemoCollector } from './collector.ts'

const CHANNEL = 'Demo collector'

/**
 * Lets the demo's incidents be told to the collector of this run, whose port is another each time: its channel gets the
 * URL and a new secret, and a tenant without routes one for all incidents.
 */
export const tellCollector = async (
  {
    notificationChannels,
    notificationRoutes,
  }: Pick<App['modules'], 'notificationChannels' | 'notificationRoutes'>,
  tenant: TenantId,
  collector: Pick<DemoCollector, 'hook' | 'verifyBy'>,
): Promise<void> => {
  const channels = trustedPermit<'notificationChannel:write'>(tenant, demo)
  const { service, reads } = notificationChannels
  const webhookUrl = collector.hook
  const known = await reads.find(tenant, { name: CHANNEL })
  if (known) await service.update(channels, { id: known.id, webhookUrl, enabled: true })
  const { secret } = known
    ? await service.rotate(channels, known.id)
    : await service.create(channels, { name: CHANNEL, webhookUrl })
  if (secret !== null) collector.verifyBy(secret)
  if ((await notificationRoutes.reads.count(tenant)) > 0) return
  await notificationRoutes.service.create(trustedPermit(tenant, demo), {
    name: 'Everything',
    channels: [CHANNEL],
    groupBy: ['service', 'node_id', 'internal_name'],
    groupInterval: 'PT1M',
  })
}
