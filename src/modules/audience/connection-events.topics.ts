import { z } from 'zod'
import { defineEventTopic } from '../../platform/bus/topics.ts'
import { connectionEventTypes } from './connection-event-type.ts'

/** An event that was stored. */
const stored = z.object({
  eventId: z.guid(),
  time: z.iso.datetime(),
  internalName: z.string(),
  sessionId: z.string(),
  eventType: z.enum(connectionEventTypes),
  nodeId: z.string(),
  connector: z.string(),
  address: z.string(),
  userAgent: z.string(),
  countryCode: z.string(),
  city: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  sessionSeconds: z.int(),
  bytes: z.int(),
})

/** Every connection event of a tenant, while somebody subscribes: about 1 MB of Redis. */
export const connectionEventStoredTopic = defineEventTopic({
  name: 'connection-events-stored',
  version: 1,
  payload: stored,
  keep: 2_000,
  watchedSeconds: 600,
})
