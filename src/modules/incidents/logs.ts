import type { Core } from '../core.ts'
import { createLogLevelQueries } from './log-levels.queries.ts'
import './log-levels.schema.ts'
import { createLogQueries } from './log.queries.ts'
import './log.schema.ts'

/** Log lines of the tenant's own servers. */
export const createLogs = (core: Core) => ({
  logs: { queries: { ...createLogQueries(core), ...createLogLevelQueries(core) } },
})
