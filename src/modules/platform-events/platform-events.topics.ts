import { z } from 'zod'
import { defineEventTopic } from '../../platform/bus/topics.ts'

/** An event that was stored. `body` is JSON text; project and environment are the nil UUID for none. */
const stored = z.object({
  eventId: z.guid(),
  time: z.iso.datetime(),
  projectId: z.guid(),
  environmentId: z.guid(),
  service: z.string(),
  host: z.string(),
  type: z.string(),
  version: z.string(),
  message: z.string(),
  body: z.string(),
})

/** Every platform event of a tenant, while somebody subscribes: about 1 MB of Redis, 80 MB if all are as large as they may be. */
export const platformEventStoredTopic = defineEventTopic({
  name: 'platform-events-stored',
  version: 1,
  payload: stored,
  keep: 2_000,
  watchedSeconds: 600,
})
