import type { Core } from '../core.ts'
import { createPlatformEventQueries } from './platform-events.queries.ts'
import './platform-events.schema.ts'
import { platformEventsLive } from './platform-events.live.ts'
import './platform-events.live.schema.ts'
import { createPlatformEventSeriesQueries } from './platform-event-series.queries.ts'
import './platform-event-series.schema.ts'

/** What was done to the tenant's own platform, and when. */
export const createPlatformEvents = (core: Core) => ({
  platformEvents: {
    queries: { ...createPlatformEventQueries(core), ...createPlatformEventSeriesQueries(core) },
  },
})

export const platformEventsLives = [platformEventsLive]
