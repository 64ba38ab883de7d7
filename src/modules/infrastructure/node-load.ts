import { createLiveState, type WatchOptions } from '../../platform/bus/live-state.ts'
import { createNewestFold, newestView } from '../../platform/bus/newest.fold.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Core } from '../core.ts'
import type { EdgeNodeStore } from './edge-node.store.ts'
import './node-health-history.schema.ts'
import { nodeLoadLive } from './node-load.live.ts'
import './node-load.live.schema.ts'
import { createNodeLoadQueries } from './node-load.queries.ts'
import './node-load-series.schema.ts'
import { nodeLoadTopic } from './node-load.topics.ts'
import type { NodeSample } from './node-sample.ts'
import './node-sample.schema.ts'
import './node-trouble.schema.ts'

/** How much edge nodes do and how well they are: now, over time, and live. */
export const createNodeLoad = (core: Core & { readonly nodes: Pick<EdgeNodeStore, 'reads'> }) => {
  const queries = createNodeLoadQueries(core)
  const state = createLiveState({
    ...core,
    topic: nodeLoadTopic,
    snapshot: queries.loadSnapshot,
    fold: () => createNewestFold<NodeSample>(({ nodeId }) => nodeId),
  })
  const live = {
    edgeNodeLoad: (tenant: TenantId, nodeName: string, options?: WatchOptions) =>
      state.watch(tenant, newestView<NodeSample>(nodeName), options),
    open: state.open,
    close: state.close,
  }
  return { nodeLoad: { queries, live } }
}

export const nodeLoadLives = [nodeLoadLive]
