import { defineMeasure } from '../../ingest/measure.ts'
import { nodeSamples } from './node-samples.dataset.ts'
import { routingEvents } from './routing-events.dataset.ts'

/** What alert rules can ask of edge nodes, and of who is sent to them. */
export const infrastructureMeasures = [
  defineMeasure(nodeSamples, {
    labels: ['node_id'],
    values: [
      'cpu_percent',
      'memory_percent',
      'disk_percent',
      'ram_current',
      'bandwidth_in',
      'bandwidth_out',
      'up_speed',
      'down_speed',
      'connections_current',
      'stream_count',
      'health_score',
    ],
    stepMs: 10_000,
  }),
  defineMeasure(routingEvents, {
    labels: ['internal_name', 'selected_node', 'status', 'client_country', 'client_region'],
    texts: ['details'],
    values: ['score', 'distance_km'],
    stepMs: 5_000,
  }),
]
