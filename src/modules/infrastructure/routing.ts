import type { Core } from '../core.ts'
import { createRoutingEventQueries } from './routing-events.queries.ts'
import './routing-events.schema.ts'
import { routingEventsLive } from './routing-events.live.ts'
import './routing-events.live.schema.ts'
import { createRoutingSeriesQueries } from './routing-series.queries.ts'
import './routing-series.schema.ts'

/** To which edge nodes viewers were sent, and why. */
export const createRouting = (core: Core) => ({
  routing: { queries: { ...createRoutingEventQueries(core), ...createRoutingSeriesQueries(core) } },
})

export const routingLives = [routingEventsLive]
