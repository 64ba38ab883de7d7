import type { IdsOf } from '../../platform/postgres/ids-by-name.ts'
import type { UsesOf } from '../../platform/postgres/uses.ts'
import type { Core } from '../core.ts'
import './on-call-schedule.schema.ts'
import './on-call-schedule.mutations.schema.ts'
import { createOnCallScheduleService } from './on-call-schedule.service.ts'
import { createOnCallScheduleStore } from './on-call-schedule.store.ts'

/** Who is told when. */
export const createOnCall = (
  core: Core & { readonly channelIds: IdsOf; readonly usesOfSchedule: UsesOf },
) => {
  const store = createOnCallScheduleStore(core)
  return {
    /** For who tells them. */
    channelsOnCall: store.channelsAt,
    scheduleIds: store.idsOf,
    onCallSchedules: { reads: store.reads, service: createOnCallScheduleService({ ...core, store }) },
  }
}
