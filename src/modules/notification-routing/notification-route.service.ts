import type { Permit } from '../../auth/permit.ts'
import { LimitError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import { expecting, found, givenOf, taken } from '../../platform/write-problems.ts'
import {
  changedRoute,
  MAX_POSITION,
  MAX_ROUTES,
  newRoute,
  type RouteInput,
} from './notification-route.rules.ts'
import type { NotificationRouteRow, NotificationRouteStore } from './notification-route.store.ts'
import type { Warnings } from './warnings.store.ts'

type Writes = Permit<'notificationRoute:write'>
/** What is absent stays; null is the default. */
export type RouteUpdate = Partial<RouteInput> & {
  readonly id: string
  readonly expectedVersion?: number | null | undefined
}

/** Rules of routes. A change holds from the next look on. */
export const createNotificationRouteService = ({
  store,
  warnings,
}: {
  readonly store: NotificationRouteStore
  readonly warnings: Warnings
}) => ({
  /** Throws ValidationError (also for a matcher that can never hold), ConflictError, LimitError. */
  create: async (permit: Writes, input: RouteInput) => {
    const route = validate(newRoute, input)
    const made = await store
      .create(permit, route, MAX_ROUTES, MAX_POSITION)
      .catch(taken('a route', route.name))
    if (!made) throw new LimitError(`A tenant has at most ${MAX_ROUTES} routes.`)
    return { route: made, warnings: await warnings(permit.tenant, route.matchers) }
  },

  /** Changes what is given. Throws as `create`, NotFoundError, and ConflictError for an older version. */
  update: async (permit: Writes, { id, expectedVersion, ...input }: RouteUpdate) => {
    const route = validate(changedRoute, givenOf(input))
    const work = store.update(permit, id, route, expecting(expectedVersion, 'route'))
    const made = await found(work.catch(taken('a route', route.name ?? '')), 'notification route')
    return { route: made, warnings: await warnings(permit.tenant, route.matchers ?? []) }
  },

  /** Who was told by it is told of the end still. Throws NotFoundError. */
  remove: (permit: Writes, id: string): Promise<NotificationRouteRow> =>
    found(store.remove(permit, id), 'notification route'),
})
