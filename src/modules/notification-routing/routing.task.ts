import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Task } from '../../platform/tasks.ts'
import { GROUPS, SIGNALS, type RoutingStore } from './routing.store.ts'

/** How often changes and times are looked at. */
const LOOK_MS = 1_000

/** The rest of a tenant has its turn at the next look: others wait too. */
const MAX_ROUNDS = 20

/** As long as there is more, and no longer than others may wait. */
const rounds = async (work: () => Promise<boolean>): Promise<void> => {
  for (let round = 0, more = true; more && round < MAX_ROUNDS; round += 1) more = await work()
}

/** Decides for all tenants who is told of what. One tenant whose work fails keeps no other waiting. */
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
  const route = async (tenant: TenantId): Promise<void> => {
    await rounds(async () => (await store.place(tenant, new Date(clock.now()))) === SIGNALS)
    await rounds(async () => (await store.flush(tenant, new Date(clock.now()))) === GROUPS)
    deliver()
  }
  return {
    /** Throws what went wrong, after all tenants had their turn. */
    look: async (): Promise<void> => {
      const errors: unknown[] = []
      for (const tenant of await store.tenants(new Date(clock.now())))
        await route(tenant).catch((error: unknown) => void errors.push(error))
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
