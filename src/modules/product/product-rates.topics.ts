import { z } from 'zod'
import { defineStateTopic } from '../../platform/bus/topics.ts'

/** Newest time (ms) of the events of one insert: a sign that the counts of the last minute changed. */
const digest = z.object({ newestMs: z.int() }).readonly()

/** State topic `product-events` of a tenant, published by the ingest writer after each insert. */
export const productEventsTopic = defineStateTopic({ name: 'product-events', version: 1, payload: digest })
