import { z } from 'zod'
import { defineEventTopic } from '../../platform/bus/topics.ts'

/** An event that was stored. `properties` is JSON text. */
const stored = z.object({
  eventId: z.guid(),
  time: z.iso.datetime(),
  project: z.guid(),
  eventType: z.string(),
  userId: z.string(),
  sessionId: z.string(),
  properties: z.string(),
})

/** Every product event of a tenant, while somebody subscribes: about 1 MB of Redis, 64 MB if all are as large as they may be. */
export const productEventStoredTopic = defineEventTopic({
  name: 'product-events-stored',
  version: 1,
  payload: stored,
  keep: 2_000,
  watchedSeconds: 600,
})
