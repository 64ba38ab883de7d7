import { programActor } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Task } from '../../platform/tasks.ts'
import type { ClipService } from './clip.service.ts'

const keeper = programActor('clip-retention')

/** Clips are removed when their time is over, and not when somebody asks. What one turn leaves is for the next. */
export const retentionTask = (deps: {
  readonly tenantsWithDueClips: (now: Date) => Promise<readonly TenantId[]>
  readonly clips: Pick<ClipService, 'removeDue'>
  readonly clock: Clock
}): Task => ({
  name: 'clips whose time is over',
  everyMs: 5_000,
  run: async () => {
    const { tenantsWithDueClips, clips, clock } = deps
    for (const tenant of await tenantsWithDueClips(new Date(clock.now())))
      await clips.removeDue(trustedPermit<'clip:write'>(tenant, keeper))
  },
})
