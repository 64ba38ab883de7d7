import { connectionEvents } from './connection-events.dataset.ts'
import { viewerSamples } from './viewer-samples.dataset.ts'

export const audienceDatasets = [viewerSamples, connectionEvents]
