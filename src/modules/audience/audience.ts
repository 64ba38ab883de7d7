import type { Core } from '../core.ts'
import { connectionEventsLive } from './connection-events.live.ts'
import './connection-events.live.schema.ts'
import { createConnectionEventQueries } from './connection-events.queries.ts'
import './connection-events.schema.ts'
import { createConnectionSeriesQueries } from './connection-series.queries.ts'
import './connection-series.schema.ts'
import './stream-state.schema.ts'
import { createLiveViewers } from './live-viewers.ts'
import { createClusterViewerQueries } from './cluster-viewers.queries.ts'
import { createNodeViewerQueries } from './node-viewers.queries.ts'
import './node-viewers.schema.ts'
import { createViewerBreakdownQueries } from './viewer-breakdown.queries.ts'
import './viewer-breakdown.schema.ts'
import { createViewerPeaksQueries } from './viewer-peaks.queries.ts'
import { createViewerQualityQueries } from './viewer-quality.queries.ts'
import './viewer-quality.schema.ts'
import { createViewerSeriesQueries } from './viewer-series.queries.ts'
import './viewer-series.schema.ts'
import './viewers.live.schema.ts'
import { viewersLive } from './viewers.live.ts'
import { createViewerQueries } from './viewers.queries.ts'
import './viewers.schema.ts'

/** Who watches what: now, over time, and live; who came and who left. */
export const createAudience = (core: Core) => {
  const now = createViewerQueries(core)
  const live = createLiveViewers({ ...core, snapshot: now.viewersSnapshot })
  return {
    viewers: {
      queries: {
        ...now,
        ...createNodeViewerQueries(core),
        ...createClusterViewerQueries(core),
        ...createViewerPeaksQueries(core),
        ...createViewerSeriesQueries(core),
        ...createViewerBreakdownQueries(core),
        ...createViewerQualityQueries(core),
      },
      live,
    },
    connections: {
      queries: { ...createConnectionEventQueries(core), ...createConnectionSeriesQueries(core) },
    },
  }
}

export const audienceLives = [viewersLive, connectionEventsLive]
