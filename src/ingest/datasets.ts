import { AppError } from '../platform/errors.ts'
import type { Dataset } from './dataset.ts'
import { logEvents } from './datasets/log-events.ts'
import { viewerSamples } from './datasets/viewer-samples.ts'

/** Every dataset that ingest takes. */
export const datasets: readonly Dataset[] = [viewerSamples, logEvents]

/** Throws NOT_FOUND, naming the known ones. */
export const findDataset = (name: string): Dataset => {
  const found = datasets.find((dataset) => dataset.name === name)
  if (found) return found
  const known = datasets.map((dataset) => dataset.name).join(', ')
  throw new AppError('NOT_FOUND', `There is no such dataset. The datasets are: ${known}.`)
}
