import { setTimeout as delay } from 'node:timers/promises'
import type { Batch } from './batches.ts'

/**
 * Holds batches back so that rows leave at `rate` a second on the average; a stop ends it between two
 * batches.
 */
export async function* paced(
  batches: AsyncGenerator<Batch>,
  rate: number | undefined,
  stop: AbortSignal,
): AsyncGenerator<Batch, void> {
  const startMs = performance.now()
  let rows = 0
  for await (const batch of batches) {
    if (rate !== undefined) {
      const waitMs = startMs + (rows / rate) * 1000 - performance.now()
      if (waitMs > 0) {
        await delay(waitMs, undefined, { signal: stop }).catch((error: Error) => {
          if (error.name !== 'AbortError') throw error
        })
      }
    }
    if (stop.aborted) return
    rows += batch.rows
    yield batch
  }
}
