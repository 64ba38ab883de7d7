import { createLiveState, type LiveStateDeps, type WatchOptions } from '../../platform/bus/live-state.ts'
import type { TenantId } from '../../platform/ids.ts'
import {
  createViewerCount,
  viewersOfStream,
  viewersOfTenant,
  type ViewerCount,
} from './live-viewers.count.ts'
import type { LatestSample } from './viewers.queries.ts'
import { viewersTopic, type ViewersDigest } from './viewers.topics.ts'

export type LiveViewersDeps = Omit<
  LiveStateDeps<ViewersDigest, readonly LatestSample[], ViewerCount>,
  'topic' | 'fold'
>

/**
 * Who watches now, as values that follow: one map of latest samples a tenant serves its streams and the
 * whole.
 */
export const createLiveViewers = (deps: LiveViewersDeps) => {
  const state = createLiveState({ ...deps, topic: viewersTopic, fold: createViewerCount })
  return {
    streamViewers: (tenant: TenantId, internalName: string, options?: WatchOptions) =>
      state.watch(tenant, viewersOfStream(internalName), options),
    tenantViewers: (tenant: TenantId, options?: WatchOptions) =>
      state.watch(tenant, viewersOfTenant, options),
    /** Tenants that are held in memory, for metrics and tests. */
    open: state.open,
    close: state.close,
  }
}
