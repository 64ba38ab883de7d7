import type { TimeRange } from './time-range.ts'

/** What "now" means for facts, in milliseconds: one policy for ingest, the queries and the live state. */
export const freshness = {
  /** A sample counts as "now" for this long; whoever is still there has been reported again by then. */
  freshMs: 60_000,
  /**
   * Stored rows that are older are not told to the live side: skewed clocks fit in, an import of history does
   * not.
   */
  liveHorizonMs: 10 * 60_000,
  /**
   * Clocks of producers drift; five minutes is what devices without NTP show. Ingest refuses what is further
   * ahead.
   */
  maxAheadMs: 5 * 60_000,
} as const

/** The times that count as now. A range has its start and not its end; this one is the other way around. */
export const freshWindow = (nowMs: number): TimeRange => ({
  // Times are whole milliseconds.
  from: new Date(nowMs - freshness.freshMs + 1),
  to: new Date(nowMs + freshness.maxAheadMs + 1),
})
