import { viewerSamples } from './viewer-samples.dataset.ts'

export const audienceDatasets = [viewerSamples]
