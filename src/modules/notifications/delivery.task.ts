import { programActor } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { retention } from '../../platform/retention.ts'
import { forEachInTurn, type Task } from '../../platform/tasks.ts'
import type { DeliveryStore } from './delivery.store.ts'
import type { Deliverer } from './delivery.ts'
import type { ChannelStore, Gone } from './channel.store.ts'
import type { TimelineStore } from './timeline.store.ts'

/** The name under which timelines and the audit log show what the delivery did. */
const actor = programActor('notifications')

/** Switches off a channel of a tenant whose receiver is gone. False where it leads elsewhere by now. */
export const switchOffWith =
  (channels: Pick<ChannelStore, 'switchOff'>) =>
  async (tenant: TenantId, gone: Gone, at: Date): Promise<boolean> => {
    const permit = trustedPermit<'notificationChannel:write'>(tenant, actor)
    return (await channels.switchOff(permit, gone, at)) !== 'moved'
  }

/** How late a process hears of what another one committed and did not live to send. */
const LOOK_MS = 1_000
const CLEAN_MS = 60_000

/** The fourth role of the program. */
export const deliveryTasks = (deps: {
  readonly deliverer: Pick<Deliverer, 'look'>
  readonly store: Pick<DeliveryStore, 'failLeftOver' | 'removeEnded'>
  readonly timelines: TimelineStore
  readonly clock: Clock
}): Task[] => {
  const { deliverer, store, timelines, clock } = deps
  return [
    { name: 'notifications that are due', everyMs: LOOK_MS, run: () => deliverer.look() },
    {
      name: 'notifications that timelines tell',
      everyMs: LOOK_MS,
      run: async () => {
        await forEachInTurn(await timelines.tenants(), async (tenant) => {
          const permit = trustedPermit<'incident:write'>(tenant, actor)
          for (let told = await timelines.tell(permit); told !== null; told = await timelines.tell(permit))
            continue
        })
      },
    },
    {
      name: 'notifications that are over',
      everyMs: CLEAN_MS,
      run: async () => {
        await store.failLeftOver(new Date(clock.now()))
        await store.removeEnded(new Date(clock.now() - retention.notifications))
      },
    },
  ]
}
