import { nodeSamples } from './node-samples.dataset.ts'
import { routingEvents } from './routing-events.dataset.ts'

export const infrastructureDatasets = [nodeSamples, routingEvents]
