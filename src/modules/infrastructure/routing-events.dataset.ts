import { defineDataset } from '../../ingest/dataset.ts'
import { document, number, text, thousandth, time } from '../../ingest/fields.ts'
import { country, latitude, longitude } from '../../ingest/places.fields.ts'
import { network } from '../../ingest/network.field.ts'
import { nameOfStream } from '../streaming/stream-name.field.ts'

/** A router sent a viewer to an edge node, or found none. What is left out is not known. */
export const routingEvents = defineDataset({
  name: 'routing_events',
  fields: {
    time: time(),
    internal_name: nameOfStream,
    // Empty when none was found.
    selected_node: text(128).default(''),
    // As the router calls it: routing.rules.ts says which are failures.
    status: text(64).default(''),
    details: text(2_000).default(''),
    score: number(-1e12, 1e12, thousandth).optional(),
    client_address: network.default(''),
    client_country: country.default('ZZ'),
    client_region: text(128).default(''),
    client_city: text(128).default(''),
    client_latitude: latitude.optional(),
    client_longitude: longitude.optional(),
    node_latitude: latitude.optional(),
    node_longitude: longitude.optional(),
    // Half of the way around the earth.
    distance_km: number(0, 20_040, thousandth).optional(),
    // Scores by the slugs of the nodes that were looked at: a number, or an object with score and reason.
    node_scores: document({ chars: 16_384, depth: 3 }),
    routing_metadata: document({ chars: 16_384, depth: 8 }),
  },
  // As FrameWorks' load balancer has them.
  aliases: {
    time: ['timestamp'],
    internal_name: ['stream_name'],
    client_address: ['client_ip'],
    distance_km: ['routing_distance_km'],
  },
})
