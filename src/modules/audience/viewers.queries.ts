import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, instant, whole } from '../../platform/clickhouse/query.ts'
import { p, scoped, sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import { freshWindow } from '../../platform/freshness.ts'
import type { TenantId } from '../../platform/ids.ts'
import { dimensions, groupColumns } from './viewer-dimensions.queries.ts'
import type { ViewersBy } from './viewer-groups.ts'

export type ViewersNow = {
  readonly by: ViewersBy
  /** Over all groups, also those that are left out. */
  readonly total: number
  /** Most viewers first, then by key. */
  readonly groups: readonly { readonly key: string; readonly countryCode: string; readonly viewers: number }[]
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

/**
 * What makes a sample the latest: of two with the same time the one stored later wins, and of two stored in the same
 * millisecond, as all of one insert are, the greater event_id, so that every reader picks the same one, and live
 * viewers too. Trap: ClickHouse compares UUIDs by their second half first.
 */
export const byArrival = sql`(time, ingested_at, UUIDToNum(event_id))`

/** The latest sample of each key inside the freshness window. */
export const latest = (tenant: TenantId, nowMs: number, attribute = sql`''`) => {
  return sql`
    SELECT internal_name, node_id, country_code, connection_type,
           max(time) AS last_time,
           argMax(viewer_count, ${byArrival}) AS viewers,
           argMax(ingested_at, ${byArrival}) AS last_ingested_at,
           argMax(${attribute}, ${byArrival}) AS attribute
    FROM viewer_samples
    WHERE ${scoped(tenant, freshWindow(nowMs), { hours: true })}`
}

export const byKey = sql`GROUP BY internal_name, node_id, country_code, connection_type`

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
          SELECT ${groupColumns(by)}, sum(viewers) AS group_viewers, sum(group_viewers) OVER () AS total
          FROM (${latest(tenant, clock.now(), dimensions[by].attribute)} ${byKey})
          GROUP BY group_key, group_country ORDER BY group_viewers DESC, group_key, group_country
          LIMIT ${p.uInt32(first)}`,
        row: z.object({
          group_key: z.string(),
          group_country: z.string(),
          group_viewers: whole,
          total: whole,
        }),
      })
      const rows = await clickHouse.query(query, options)
      return {
        by,
        total: rows[0]?.total ?? 0,
        groups: rows.map(({ group_key: key, group_country: countryCode, group_viewers: viewers }) => ({
          key,
          countryCode,
          viewers,
        })),
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
