import { freshness } from '../platform/freshness.ts'
import type { Row } from './dataset.ts'

/**
 * Of each key its newest row: by time, then by id. It is an order of facts, and not of arrival: whatever order
 * they come in, however late and however often, the same one is left.
 */
export const newestOf = <R extends Row>(rows: readonly R[], keyOf: (row: R) => string): Map<string, R> => {
  const newest = new Map<string, R>()
  for (const row of rows) {
    const key = keyOf(row)
    const known = newest.get(key)
    if (!known || row.time > known.time || (row.time === known.time && row.event_id > known.event_id))
      newest.set(key, row)
  }
  return newest
}

/** Without history, which changes nothing that is live. */
export const recent = <R extends Row>(rows: readonly R[], nowMs: number): R[] =>
  rows.filter(({ time }) => time >= nowMs - freshness.liveHorizonMs)
