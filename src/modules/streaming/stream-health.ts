import { createLiveState, type WatchOptions } from '../../platform/bus/live-state.ts'
import { createNewestFold, newestView } from '../../platform/bus/newest.fold.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Core } from '../core.ts'
import { createStreamHealthChangesQueries } from './stream-health-changes.queries.ts'
import './stream-health-changes.schema.ts'
import { createStreamHealthIssueQueries } from './stream-health-issues.queries.ts'
import './stream-health-issues.schema.ts'
import type { StreamHealthSample } from './stream-health-sample.ts'
import { streamHealthLive } from './stream-health.live.ts'
import './stream-health.live.schema.ts'
import { createStreamHealthQueries } from './stream-health-sample.queries.ts'
import './stream-health-sample.schema.ts'
import { createStreamHealthSeriesQueries } from './stream-health-series.queries.ts'
import './stream-health-series.schema.ts'
import { createQualityChangeQueries } from './stream-quality.queries.ts'
import './stream-quality.schema.ts'
import { streamHealthTopic } from './stream-health.topics.ts'

/** How well streams come in: now, over time, and live. */
export const createStreamHealth = (core: Core) => {
  const now = createStreamHealthQueries(core)
  const state = createLiveState({
    ...core,
    topic: streamHealthTopic,
    snapshot: now.healthSnapshot,
    fold: () => createNewestFold<StreamHealthSample>(({ internalName }) => internalName),
  })
  const live = {
    streamHealth: (tenant: TenantId, internalName: string, options?: WatchOptions) =>
      state.watch(tenant, newestView<StreamHealthSample>(internalName), options),
    open: state.open,
    close: state.close,
  }
  const queries = {
    ...now,
    ...createStreamHealthSeriesQueries(core),
    ...createStreamHealthIssueQueries(core),
    ...createStreamHealthChangesQueries(core),
    ...createQualityChangeQueries(core),
  }
  return { streamHealth: { queries, live } }
}

export const streamHealthLives = [streamHealthLive]
