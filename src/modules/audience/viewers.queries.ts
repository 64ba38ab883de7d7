import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, instant, whole } from '../../platform/clickhouse/query.ts'
import { p, scoped, sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { freshness } from '../../platform/freshness.ts'
import type { TenantId } from '../../platform/ids.ts'

export type ViewersBy = 'STREAM' | 'COUNTRY' | 'EDGE_NODE' | 'CONNECTION_TYPE'

export type ViewersNow = {
  readonly by: ViewersBy
  /** Over all groups, also those that are left out. */
  readonly total: number
  /** Most viewers first, then by key. */
  readonly groups: readonly { readonly key: string; readonly viewers: number }[]
}

/** The latest sample of one key (stream, edge node, country, connection type). */
export type LatestSample = {
  readonly internalName: string
  readonly nodeId: string
  readonly countryCode: string
  readonly connectionType: string
  readonly time: Date
  readonly ingestedAt: Date
  readonly viewerCount: number
}

export type ViewerQueries = {
  /** Throws as ClickHouse.query; `first` bounds the groups and not the total. */
  viewersNow(
    tenant: TenantId,
    ask: { readonly by: ViewersBy; readonly first: number },
    options?: QueryOptions,
  ): Promise<ViewersNow>
  /** Viewers now of each stream named; 0 where no sample is fresh. */
  viewersNowByStream(
    tenant: TenantId,
    internalNames: readonly string[],
    options?: QueryOptions,
  ): Promise<Map<string, number>>
  /** The latest fresh sample of every key of the tenant: what a live map starts from. */
  viewersSnapshot(tenant: TenantId, options?: QueryOptions): Promise<LatestSample[]>
}

const groupColumn = {
  STREAM: sql`internal_name`,
  COUNTRY: sql`country_code`,
  EDGE_NODE: sql`node_id`,
  CONNECTION_TYPE: sql`connection_type`,
} as const

/**
 * The latest sample of each key inside the freshness window. Of two with the same time the one stored later
 * wins, and of two stored in the same millisecond the greater event_id, so that every reader picks the same
 * one.
 */
const latest = (tenant: TenantId, nowMs: number) => {
  // A range has its start and not its end; this one is the other way around, and times are whole
  // milliseconds.
  const window = {
    from: new Date(nowMs - freshness.freshMs + 1),
    to: new Date(nowMs + freshness.maxAheadMs + 1),
  }
  return sql`
    SELECT internal_name, node_id, country_code, connection_type,
           max(time) AS last_time,
           argMax(viewer_count, (time, ingested_at, event_id)) AS viewers,
           argMax(ingested_at, (time, ingested_at, event_id)) AS last_ingested_at
    FROM viewer_samples
    WHERE ${scoped(tenant, window, { hours: true })}`
}

const byKey = sql`GROUP BY internal_name, node_id, country_code, connection_type`

/** Who watches now: the latest sample of each key, summed. Never a sum of samples. */
export const createViewerQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ViewerQueries => {
  const { clickHouse, clock } = deps
  return {
    async viewersNow(tenant, { by, first }, options) {
      const query = defineQuery({
        name: 'audience.viewersNow',
        tenant,
        sql: sql`
          SELECT ${groupColumn[by]} AS key, sum(viewers) AS group_viewers, sum(group_viewers) OVER () AS total
          FROM (${latest(tenant, clock.now())} ${byKey})
          GROUP BY key ORDER BY group_viewers DESC, key LIMIT ${p.uInt32(first)}`,
        row: z.object({ key: z.string(), group_viewers: whole, total: whole }),
      })
      const rows = await clickHouse.query(query, options)
      return {
        by,
        total: rows[0]?.total ?? 0,
        groups: rows.map(({ key, group_viewers }) => ({ key, viewers: group_viewers })),
      }
    },

    async viewersNowByStream(tenant, internalNames, options) {
      const viewers = new Map(internalNames.map((name) => [name, 0]))
      if (viewers.size === 0) return viewers
      const query = defineQuery({
        name: 'audience.viewersNowByStream',
        tenant,
        sql: sql`
          SELECT internal_name, sum(viewers) AS stream_viewers
          FROM (${latest(tenant, clock.now())} AND internal_name IN (${p.texts(internalNames)}) ${byKey})
          GROUP BY internal_name`,
        row: z.object({ internal_name: z.string(), stream_viewers: whole }),
      })
      for (const row of await clickHouse.query(query, options))
        viewers.set(row.internal_name, row.stream_viewers)
      return viewers
    },

    async viewersSnapshot(tenant, options) {
      const query = defineQuery({
        name: 'audience.viewersSnapshot',
        tenant,
        sql: sql`
          SELECT internal_name, node_id, country_code, connection_type, viewers,
                 toUnixTimestamp64Milli(last_time) AS time, toUnixTimestamp64Milli(last_ingested_at) AS ingested_at
          FROM (${latest(tenant, clock.now())} ${byKey})`,
        row: z.object({
          internal_name: z.string(),
          node_id: z.string(),
          country_code: z.string(),
          connection_type: z.string(),
          viewers: whole,
          time: instant,
          ingested_at: instant,
        }),
      })
      const rows = await clickHouse.query(query, options)
      return rows.map((row) => ({
        internalName: row.internal_name,
        nodeId: row.node_id,
        countryCode: row.country_code,
        connectionType: row.connection_type,
        time: row.time,
        ingestedAt: row.ingested_at,
        viewerCount: row.viewers,
      }))
    },
  }
}
