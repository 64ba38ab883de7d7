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
    // From 1 on: 0 is a node of no key. Numbers, since a parameter of ten thousand ids would be long.
    const members = keys.flatMap((key, at) => nodes.get(key)!.map((slug) => ({ slug, number: at + 1 })))
    // ClickHouse has no empty table of a transform.
    if (members.length === 0) return carried
    const slugs = p.texts(members.map(({ slug }) => slug))
    const numbers = p.uInt32s(members.map(({ number }) => number))
    const query = defineQuery({
      name: 'audience.viewersOnClusters',
      tenant,
      sql: sql`
        SELECT transform(toString(node_id), ${slugs}, ${numbers}, ${p.uInt32(0)}) AS key_number,
               sum(viewers) AS here, uniqExactIf(internal_name, viewers > 0) AS streams
        FROM (${latest(tenant, deps.clock.now())} ${byKey})
        WHERE key_number > 0
        GROUP BY key_number`,
      row: z.object({ key_number: whole, here: whole, streams: whole }),
    })
    for (const { key_number: number, here, streams } of await deps.clickHouse.query(query, options))
      carried.set(keys[number - 1]!, { viewers: here, streams })
    return carried
  },
})
