import type { Window } from '../../platform/buckets.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { EdgeNodeStore } from './edge-node.store.ts'
import { createNodeHealthHistoryQueries } from './node-health-history.queries.ts'
import { createNodeLoadSeriesQueries } from './node-load-series.queries.ts'
import { createNodeSampleQueries } from './node-sample.queries.ts'
import { createNodeTroubleQueries } from './node-trouble.queries.ts'
import { inTrouble, MAX_IN_TROUBLE } from './node-trouble.rules.ts'

/** What samples say, and what they say together with the rows of nodes. */
export const createNodeLoadQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
  readonly nodes: Pick<EdgeNodeStore, 'reads'>
}) => {
  const { reads } = deps.nodes
  const series = createNodeLoadSeriesQueries(deps)
  const troubles = createNodeTroubleQueries(deps)
  return {
    ...createNodeSampleQueries(deps),
    ...createNodeHealthHistoryQueries(deps),
    ...series,

    /** One series for each cluster, of the nodes that it has now. Throws as `loadSeries`. */
    clusterLoad: async (
      tenant: TenantId,
      clusterIds: readonly string[],
      window: Window,
      options?: QueryOptions,
    ) => {
      const rows = await reads.page(tenant, {
        where: { clusterId: { in: [...clusterIds] } },
        select: { slug: true, clusterId: true },
      })
      const slugs = Map.groupBy(rows, ({ clusterId }) => clusterId)
      const nodes = new Map(
        clusterIds.map((id) => [id, (slugs.get(id) ?? []).map(({ slug }) => slug)] as const),
      )
      return series.loadSeries(tenant, { nodes, ...window }, options)
    },

    /** The `MAX_IN_TROUBLE` newest. Throws as ClickHouse.query. */
    nodesInTrouble: async (tenant: TenantId, options?: QueryOptions) => {
      const [unwell, full] = await Promise.all([
        reads.page(tenant, {
          where: { health: { not: 'HEALTHY' } },
          select: { slug: true, health: true, healthSince: true },
          orderBy: [{ healthSince: 'desc' }, { id: 'desc' }],
          take: MAX_IN_TROUBLE,
        }),
        troubles.highLoad(tenant, options),
      ])
      return inTrouble(unwell, full).slice(0, MAX_IN_TROUBLE)
    },
  }
}
