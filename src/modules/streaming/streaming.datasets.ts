import { streamEvents } from './stream-events.dataset.ts'
import { streamHealthSamples } from './stream-health.dataset.ts'
import { trackListEvents } from './track-lists.dataset.ts'

export const streamingDatasets = [streamEvents, streamHealthSamples, trackListEvents]
