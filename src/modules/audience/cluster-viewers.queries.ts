import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { byKey, latest } from './viewers.queries.ts'

/** Who is on some edge nodes together now, and how many streams they carry to somebody: one on two of them is one. */
export type ClusterViewers = { readonly viewers: number; readonly streams: number }

export type ClusterViewerQueries = {
  /**
   * For each key of `nodes` what its nodes, by their slugs, carry together now, also for keys without a viewer, in
   * one query; a node is of one key at most. Counted over all streams, however many. Throws as ClickHouse.query.
   */
  viewersOnClusters(
    tenant: TenantId,
    nodes: ReadonlyMap<string, readonly string[]>,
    options?: QueryOptions,
  ): Promise<ReadonlyMap<string, ClusterViewers>>
}

export const createClusterViewerQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): ClusterViewerQueries => ({
  viewersOnClusters: async (tenant, nodes, options) => {
    const keys = [...nodes.keys()]
    const carried = new Map<string, ClusterViewers>(keys.map((key) => [key, { viewers: 0, streams: 0 }]))
    const slugs = [...nodes.values()].flat()
    // ClickHouse has no empty table of a transform.
    if (slugs.length === 0) return carried
    // Where the nodes of each key end in the list of all. Trap: the engine in this process takes 256 KB of parameters,
    // which a key for each of ten thousand slugs would not leave room for.
    let end = 0
    const ends = Array.from(nodes.values(), ({ length }) => (end += length))
    const place = sql`transform(toString(node_id), ${p.texts(slugs)}, range(1, ${p.uInt32(end + 1)}), ${p.uInt32(0)})`
    const query = defineQuery({
      name: 'audience.viewersOnClusters',
      tenant,
      sql: sql`
        SELECT arrayFirstIndex(last -> last >= place, ${p.uInt32s(ends)}) AS key_number,
               sum(viewers) AS here, uniqExactIf(internal_name, viewers > 0) AS streams
        FROM (
          SELECT internal_name, viewers, ${place} AS place
          FROM (${latest(tenant, deps.clock.now())} ${byKey})
          WHERE place > 0
        )
        GROUP BY key_number`,
      row: z.object({ key_number: whole, here: whole, streams: whole }),
    })
    for (const { key_number: number, here, streams } of await deps.clickHouse.query(query, options))
      carried.set(keys[number - 1]!, { viewers: here, streams })
    return carried
  },
})
