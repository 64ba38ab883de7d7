import { z } from 'zod'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../platform/clickhouse/query.ts'
import { p, sql } from '../../platform/clickhouse/sql.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { byKey, latest } from './viewers.queries.ts'

/** Streams of a node that are told; the total is of all. */
export const MAX_STREAMS = 1_000

export type NodeStream = {
  readonly internalName: string
  readonly viewers: number
  /** Edge nodes besides this one that carry the stream to somebody now. */
  readonly otherNodes: number
}
/** Who is on an edge node now. */
export type NodeViewers = {
  readonly viewers: number
  /** Most viewers first, then by name. */
  readonly streams: readonly NodeStream[]
}

const nobody: NodeViewers = { viewers: 0, streams: [] }

export type NodeViewerQueries = {
  /** For each node, by its slug, who is on it now, in one query. Throws as ClickHouse.query. */
  viewersOnNodes(
    tenant: TenantId,
    slugs: readonly string[],
    options?: QueryOptions,
  ): Promise<ReadonlyMap<string, NodeViewers>>
}

export const createNodeViewerQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
}): NodeViewerQueries => ({
  viewersOnNodes: async (tenant, slugs, options) => {
    const query = defineQuery({
      name: 'audience.viewersOnNodes',
      tenant,
      // How many nodes carry a stream is counted over all of them, before those that are not asked for go.
      sql: sql`
        SELECT node_id, internal_name, here, carriers - (here > 0) AS others, sum(here) OVER (PARTITION BY node_id) AS whole
        FROM (
          SELECT node_id, internal_name, sum(viewers) AS here,
                 countIf(here > 0) OVER (PARTITION BY internal_name) AS carriers
          FROM (${latest(tenant, deps.clock.now())} ${byKey})
          GROUP BY node_id, internal_name
        )
        WHERE node_id IN (${p.texts(slugs)}) AND here > 0
        ORDER BY here DESC, internal_name
        LIMIT ${p.uInt32(MAX_STREAMS)} BY node_id`,
      row: z.object({ node_id: z.string(), internal_name: z.string(), here: whole, others: whole, whole }),
    })
    const rows = slugs.length > 0 ? await deps.clickHouse.query(query, options) : []
    const byNode = Map.groupBy(rows, ({ node_id: node }) => node)
    return new Map(
      slugs.map((slug) => {
        const own = byNode.get(slug)
        if (!own) return [slug, nobody]
        const streams = own.map(({ internal_name: internalName, here, others }) => ({
          internalName,
          viewers: here,
          otherNodes: others,
        }))
        return [slug, { viewers: own[0]!.whole, streams }]
      }),
    )
  },
})
