import { z } from 'zod'
import { defineEventTopic } from '../../platform/bus/topics.ts'
import { routingOutcomes } from './routing.rules.ts'

const degrees = z.number().nullable()
/** A decision that was stored. Documents are JSON text. */
const stored = z.object({
  eventId: z.guid(),
  time: z.iso.datetime(),
  internalName: z.string(),
  nodeName: z.string(),
  outcome: z.enum(routingOutcomes),
  status: z.string(),
  details: z.string(),
  score: z.number().nullable(),
  clientAddress: z.string(),
  countryCode: z.string(),
  region: z.string(),
  city: z.string(),
  latitude: degrees,
  longitude: degrees,
  nodeLatitude: degrees,
  nodeLongitude: degrees,
  distanceKm: z.number().nullable(),
  scores: z.string(),
  metadata: z.string(),
})

/** Every decision of a tenant's routers, while somebody subscribes: about 1 MB of Redis, 80 MB if all are as large as they may be. */
export const routingEventStoredTopic = defineEventTopic({
  name: 'routing-events-stored',
  version: 1,
  payload: stored,
  keep: 2_000,
  watchedSeconds: 600,
})
