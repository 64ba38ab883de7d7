import { z } from 'zod'
import type { ClickHouse } from '../../platform/clickhouse/client.ts'
import {
  countedSeries,
  type CountedPart,
  type CountedSeries,
  type CountedSeriesQueries,
} from '../../platform/clickhouse/counted-series.ts'
import { whole } from '../../platform/clickhouse/query.ts'
import { sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { platformEventWhere, type PlatformEventAsk } from './platform-event-filter.queries.ts'

export { OF_ALL } from '../../platform/clickhouse/counted-series.ts'

export type PlatformEventCounts = { readonly count: number }
export type PlatformEventBy = 'type' | 'service' | 'host' | 'version'
export type PlatformEventSeries = CountedSeries<PlatformEventCounts>
export type PlatformEventGroup = CountedPart<PlatformEventCounts>

/** From the rows: events of a platform are few. */
export const createPlatformEventSeriesQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): CountedSeriesQueries<PlatformEventAsk, PlatformEventCounts, PlatformEventBy> =>
  countedSeries({
    ...deps,
    name: 'platformEvents.event',
    tables: [{ table: 'platform_events', everyMs: 1_000 }],
    counted: { platform_events: sql`count() AS events_count FROM platform_events` },
    row: z.object({ events_count: whole }).transform((row) => ({ counts: { count: row.events_count } })),
    none: { count: 0 },
    key: sql`service`,
    by: { type: sql`type`, service: sql`service`, host: sql`host`, version: sql`version` },
    order: sql`events_count DESC`,
    where: platformEventWhere,
  })
