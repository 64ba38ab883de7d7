import type { Core } from '../core.ts'
import { createLogContextQueries } from './log-context.queries.ts'
import './log-context.schema.ts'
import { createLogLevelQueries } from './log-levels.queries.ts'
import './log-levels.schema.ts'
import { logEventsLive } from './log.live.ts'
import './log.live.schema.ts'
import { createLogPatternQueries } from './log-patterns.queries.ts'
import './log-patterns.schema.ts'
import { createLogSeriesQueries } from './log-series.queries.ts'
import './log-series.schema.ts'
import { createLogQueries } from './log.queries.ts'
import './log.schema.ts'

/** Log lines of the tenant's own servers. */
export const createLogs = (core: Core) => ({
  logs: {
    queries: {
      ...createLogQueries(core),
      ...createLogContextQueries(core),
      ...createLogLevelQueries(core),
      ...createLogSeriesQueries(core),
      ...createLogPatternQueries(core),
    },
  },
})

export const logLives = [logEventsLive]
