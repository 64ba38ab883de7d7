import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../platform/clock.ts'
import type { TenantId } from '../platform/ids.ts'
import type { Modules } from '../modules/modules.ts'

/** What every resolver gets: who asks, and the stores and services of the domains. Made anew for each request and each event. */
export type Context = {
  readonly requestId: string
  readonly transport: 'http' | 'websocket'
  readonly viewer: Viewer
  readonly modules: Modules
  /** Loaders live as long as one request or one event, or they would answer with stale rows. */
  readonly loaders: Map<string, unknown>
}

/** The tenant of an authorized viewer. Fields behind an action may call it; anything else throwing here is a bug. */
export const tenantOf = ({ viewer }: Context): TenantId => {
  if (viewer.kind === 'anonymous') throw new TypeError('a field that needs a tenant has no action')
  return viewer.tenant
}

/** The loader of that name in this request, made on first use. */
export const loaderOf = <T>(context: Context, name: string, make: () => T): T => {
  let loader = context.loaders.get(name) as T | undefined
  if (loader === undefined) context.loaders.set(name, (loader = make()))
  return loader
}

/** One time for all fields of an answer: ranges that end now are then the same for all, and one query serves them. */
export const clockOf = (context: Context): Clock => {
  const now = loaderOf(context, 'now', () => context.modules.clock.now())
  return { now: () => now }
}
