import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { freshness } from '../../platform/freshness.ts'
import type { TenantId } from '../../platform/ids.ts'
import { retention } from '../../platform/retention.ts'
import { thousandths } from './viewer-series.queries.ts'
import { MINUTE_MS, wholeViewers } from './viewer-series.ts'
import { slotsOf } from './viewer-slots.queries.ts'
import { sinceOf } from './viewer-subjects.queries.ts'

export type ViewerPeaksQueries = {
  /**
   * The highest audience of a minute that each stream named has had since the minute of its time, as a series over
   * these minutes has it: of the last 180 days at most. Null where nothing was measured. Throws as
   * ClickHouse.query.
   */
  viewerPeaks(
    tenant: TenantId,
    since: ReadonlyMap<string, Date>,
    options?: QueryOptions,
  ): Promise<Map<string, number | null>>
}

/** The rollup answers it, which has the minutes apart. */
const STEP_MS = 5 * MINUTE_MS
const toMinute = (ms: number): number => Math.floor(ms / MINUTE_MS) * MINUTE_MS

/** The highest numbers of viewers since a time of each stream's own, by one statement for all of them. */
export const createViewerPeaksQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ViewerPeaksQueries => ({
  viewerPeaks: async (tenant, since, options) => {
    const peaks = new Map(Array.from(since.keys(), (name): [string, number | null] => [name, null]))
    if (peaks.size === 0) return peaks
    const nowMs = deps.clock.now()
    const kept = nowMs - retention.minuteRollups
    const starts = new Map(
      Array.from(since, ([name, time]) => [name, new Date(toMinute(Math.max(time.getTime(), kept)))]),
    )
    const from = new Date(Math.max(kept, Math.min(...Array.from(starts.values(), Number))))
    // Samples may be ahead of our clock, and so may the start of a broadcast.
    const to = new Date(nowMs + freshness.maxAheadMs + STEP_MS)
    const ask = { since: starts, range: { from, to }, stepMs: STEP_MS, zone: 'UTC' }
    const { slots } = slotsOf(tenant, ask, nowMs)
    const query = defineQuery({
      name: 'audience.viewerPeaks',
      tenant,
      sql: sql`
        SELECT internal_name, max(slot_milli_viewers) AS milli_peak
        FROM (
          SELECT internal_name, slot, sum(toFloat64(milli_viewers)) AS slot_milli_viewers
          FROM (${slots})
          WHERE slot >= ${sinceOf(starts)}
          GROUP BY internal_name, slot
        )
        GROUP BY internal_name`,
      row: z.object({ internal_name: z.string(), milli_peak: thousandths }),
    })
    for (const row of await deps.clickHouse.query(query, options))
      peaks.set(row.internal_name, wholeViewers(row.milli_peak))
    return peaks
  },
})
