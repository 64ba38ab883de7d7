import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { tenantScope } from '../../platform/postgres/scope.ts'
import type { Core } from '../core.ts'
import { placeKey, type Replicas, type ServiceInCluster } from './cluster-service.rules.ts'

export type ClusterServiceRow = Prisma.ClusterServiceGetPayload<object>
type Writer = Permit<'infrastructure:write'>

const BELOW = `
  SELECT c.id FROM cluster_services c
    LEFT JOIN service_instances i ON i.tenant_id = c.tenant_id AND i.cluster_id = c.cluster_id
         AND i.service_id = c.service_id AND i.status = 'RUNNING' AND i.health = 'HEALTHY'
   WHERE c.tenant_id = $1 AND c.desired_replicas > 0
   GROUP BY c.id HAVING count(i.id) < c.desired_replicas
   ORDER BY c.desired_replicas - count(i.id) DESC, c.id LIMIT $2`

/** Only this file writes what clusters are to have of services. */
export const createClusterServiceStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'clusterService'),

  /** Ids of those that have fewer healthy instances than they are to have, most missing first. */
  below: async (tenant: TenantId, most: number): Promise<string[]> => {
    const rows = await postgres.query<{ id: string }>(tenantScope(tenant), {
      name: 'services_below_desired',
      text: BELOW,
      values: [tenant, most],
    })
    return rows.map(({ id }) => id)
  },

  /** How many instances run of each service in each cluster, by `placeKey`, by one statement; none is left out. */
  replicas: async (
    tenant: TenantId,
    places: readonly ServiceInCluster[],
  ): Promise<ReadonlyMap<string, Replicas>> => {
    const counted = new Map<string, Replicas>(
      places.map((place) => [placeKey(place), { running: 0, healthy: 0 }]),
    )
    const groups = await postgres.forTenant(tenant).serviceInstance.groupBy({
      by: ['clusterId', 'serviceId', 'health'],
      where: {
        tenantId: tenant,
        status: 'RUNNING',
        clusterId: { in: places.map(({ clusterId }) => clusterId) },
        serviceId: { in: places.map(({ serviceId }) => serviceId) },
      },
      _count: { _all: true },
    })
    for (const { health, _count, ...place } of groups) {
      const { running = 0, healthy = 0 } = counted.get(placeKey(place)) ?? {}
      const count = _count._all
      counted.set(placeKey(place), {
        running: running + count,
        healthy: healthy + (health === 'HEALTHY' ? count : 0),
      })
    }
    return counted
  },

  /** Throws Prisma's P2003 when the cluster or the service is not there. */
  setDesired: (permit: Writer, place: ServiceInCluster, desiredReplicas: number) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const { clusterId, serviceId } = place
      const made = { ...place, id: uuidv7(), tenantId, desiredReplicas }
      const { count } = await tx.clusterService.createMany({ data: [made], skipDuplicates: true })
      await tx.$queryRaw`
        SELECT 1 FROM cluster_services WHERE tenant_id = ${tenantId}::uuid AND cluster_id = ${clusterId}::uuid
           AND service_id = ${serviceId}::uuid FOR NO KEY UPDATE`
      const unique = { tenantId_clusterId_serviceId: { tenantId, ...place } }
      const found = await tx.clusterService.findUniqueOrThrow({ where: unique })
      const result = await tx.clusterService.update({ where: unique, data: { desiredReplicas } })
      const before = count === 1 ? {} : { before: { desiredReplicas: found.desiredReplicas } }
      const of = ['ClusterService', result.id] as const
      return { result, audit: { as: 'setDesiredReplicas', of, ...before, after: { desiredReplicas } } }
    }),
})

export type ClusterServiceStore = ReturnType<typeof createClusterServiceStore>
