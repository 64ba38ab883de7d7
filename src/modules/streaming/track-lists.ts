import type { Core } from '../core.ts'
import { createTrackChangeQueries } from './track-changes.queries.ts'
import './track-changes.schema.ts'
import { trackListsLive } from './track-lists.live.ts'
import './track-lists.live.schema.ts'
import { createTrackListQueries } from './track-lists.queries.ts'
import './track-lists.schema.ts'

/** Which tracks streams have and had. */
export const createTrackLists = (core: Core) => ({
  trackLists: { queries: { ...createTrackListQueries(core), ...createTrackChangeQueries(core) } },
})

export const trackListLives = [trackListsLive]
