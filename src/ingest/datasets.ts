import { AppError } from '../platform/errors.ts'
import type { Dataset } from './dataset.ts'

/** Throws NOT_FOUND, naming the known ones. */
export const findDataset = (datasets: readonly Dataset[], name: string): Dataset => {
  const found = datasets.find((dataset) => dataset.name === name)
  if (found) return found
  const known = datasets.map((dataset) => dataset.name).join(', ')
  throw new AppError('NOT_FOUND', `There is no such dataset. The datasets are: ${known}.`)
}
