import { programActor } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Task } from '../../platform/tasks.ts'
import { BATCH, type ActsStore } from './acts.store.ts'
import { TICK_MS, type Evaluator } from './evaluator.ts'

/** The name under which timelines show what alert rules did. */
const actor = programActor('alerting')

/** Does to the incidents of a tenant a part of what is still to be done, and says whether there may be more. */
export const actWith =
  (store: ActsStore) =>
  async (tenant: TenantId): Promise<boolean> =>
    (await store.run(trustedPermit<'incident:write'>(tenant, actor))) === BATCH

/** How often the clock is looked at. */
const LOOK_MS = 250
/** Who does not lead asks so often whether it may: a leader that is gone is followed within two ticks. */
const STANDBY_LOOKS = 4

/** Ticks at whole multiples of `TICK_MS` of the clock. */
export const evaluatorTask = ({
  evaluator,
  clock,
}: {
  readonly evaluator: Pick<Evaluator, 'tick'>
  readonly clock: Clock
}): Task => {
  let doneMs = NaN
  let looks = 0
  return {
    name: 'alert rules',
    everyMs: LOOK_MS,
    run: async () => {
      const atMs = Math.floor(clock.now() / TICK_MS) * TICK_MS
      looks += 1
      if (atMs === doneMs || (Number.isNaN(doneMs) && looks % STANDBY_LOOKS !== 1)) return
      doneMs = NaN // until it is done
      const { leads } = await evaluator.tick(atMs)
      if (leads) doneMs = atMs
    },
  }
}
