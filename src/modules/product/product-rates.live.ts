import { live } from '../../ingest/live.ts'
import { productEvents } from './product-events.dataset.ts'
import { RATE_WINDOW_MS, secondOf } from './product-rates.count.ts'
import { productEventsTopic } from './product-rates.topics.ts'

/** Tells that events of the last minute were stored; history is left out. */
export const productRatesLive = live(productEvents, productEventsTopic, (rows, nowMs) => {
  const newestMs = rows.reduce((newest, { time }) => Math.max(newest, time), 0)
  return newestMs >= secondOf(nowMs) - RATE_WINDOW_MS ? { newestMs } : undefined
})
