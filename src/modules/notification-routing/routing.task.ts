import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Task } from '../../platform/tasks.ts'
import { GROUPS } from './groups.store.ts'
import { SIGNALS, type RoutingStore } from './routing.store.ts'

/** How often changes and times are looked at. */
const LOOK_MS = 1_000

/** So many rounds of changes and of groups a look. The rest waits for the next one, as do tenants that had nothing before. */
const MAX_ROUNDS = 20

/**
 * Decides for all tenants who is told of what. These take turns, a round each: one of which much has changed, or whose work
 * fails, keeps no other waiting.
 */
export const createRouter = ({
  store,
  clock,
  deliver = () => undefined,
}: {
  readonly store: RoutingStore
  readonly clock: Clock
  /** Says that there are messages to send. */
  readonly deliver?: (() => void) | undefined
}) => {
  /** The rounds of a tenant, one a call: all its changes before its groups. Answers whether there is more. */
  const roundsOf = (tenant: TenantId) => {
    let placings = MAX_ROUNDS
    let flushings = MAX_ROUNDS
    return async (): Promise<boolean> => {
      if (placings > 0) {
        const isMore = (await store.place(tenant, new Date(clock.now()))) === SIGNALS
        placings = isMore ? placings - 1 : 0
        if (placings > 0) return true
      }
      // Also where it throws: what it could tell is committed.
      const isMore = (await store.flush(tenant, new Date(clock.now())).finally(deliver)) === GROUPS
      flushings -= 1
      return isMore && flushings > 0
    }
  }
  return {
    /** Throws what went wrong, after all tenants had their turns. */
    look: async (): Promise<void> => {
      const errors: unknown[] = []
      let waiting = (await store.tenants(new Date(clock.now()))).map(roundsOf)
      while (waiting.length > 0) {
        const more = []
        for (const round of waiting)
          if (await round().catch((error: unknown) => void errors.push(error))) more.push(round)
        waiting = more
      }
      if (errors.length === 1) throw errors[0]
      if (errors.length > 1) throw new AggregateError(errors, 'several tenants could not be routed')
    },
  }
}
export type Router = ReturnType<typeof createRouter>

export const routingTask = (router: Router): Task => ({
  name: 'notification routes',
  everyMs: LOOK_MS,
  run: router.look,
})
