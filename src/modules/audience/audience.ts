import type { Core } from '../core.ts'
import { createLiveViewers } from './live-viewers.ts'
import { createViewerSeriesQueries } from './viewer-series.queries.ts'
import './viewer-series.schema.ts'
import './viewers.live.schema.ts'
import { viewersLive } from './viewers.live.ts'
import { createViewerQueries } from './viewers.queries.ts'
import './viewers.schema.ts'

/** Who watches what: now, over time, and live. */
export const createAudience = (core: Core) => {
  const now = createViewerQueries(core)
  const live = createLiveViewers({ ...core, snapshot: now.viewersSnapshot })
  return { viewers: { queries: { ...now, ...createViewerSeriesQueries(core) }, live } }
}

export const audienceLives = [viewersLive]
