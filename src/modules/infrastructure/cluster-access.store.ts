import type { Prisma } from '../../../generated/prisma/client.ts'
import type { EdgeNodeHealth } from '../../../generated/prisma/enums.ts'
import type { Permit } from '../../auth/permit.ts'
import type { TenantId } from '../../platform/ids.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import { givenRowsOf, rowsOf } from '../../platform/postgres/rows.ts'
import { changed } from '../audit/audit.append.ts'
import type { Core } from '../core.ts'
import { holds } from './cluster-access.rules.ts'

export type ClusterAccessRow = Prisma.ClusterAccessGetPayload<object>
type Terms = Pick<ClusterAccessRow, 'level' | 'maxStreams' | 'maxViewers' | 'maxBandwidthMbps' | 'expiresAt'>
type NewAccess = Pick<ClusterAccessRow, 'id' | 'clusterId' | 'subscriberSlug' | 'createdAt'> &
  Partial<Terms> & { subscriberId: TenantId }
type Writer = Permit<'clusterAccess:write'>

const termsOf = ({ level, maxStreams, maxViewers, maxBandwidthMbps, expiresAt }: ClusterAccessRow) => ({
  level,
  maxStreams,
  maxViewers,
  maxBandwidthMbps,
  expiresAt,
})

/** Only this file writes access to clusters; what it copies of a cluster is kept by triggers (docs/adr/0022). */
export const createClusterAccessStore = ({
  postgres,
  changes,
  clock,
}: Pick<Core, 'postgres' | 'changes' | 'clock'>) => ({
  /** What the tenant has given, also what has expired. */
  reads: rowsOf(postgres, 'clusterAccess'),
  /** What the tenant was given, for as long as it holds. */
  sharedReads: givenRowsOf(postgres, 'clusterAccess', () => holds(new Date(clock.now()))),

  /**
   * Null when there is no such cluster; 'full' when it is shared with `most` tenants. Throws Prisma's P2002 when it
   * is shared with that tenant already.
   */
  grant: (permit: Writer, { clusterId, ...fields }: NewAccess, most: number) => {
    const tenantId = permit.tenant
    return changes<'clusterAccess:write', ClusterAccessRow | 'full'>(
      permit,
      async (tx) => {
        // Held until the end: what a tenant that is being deleted gives would outlast it.
        const owner = await lockedTenant(tx, tenantId)
        await tx.$queryRaw`SELECT 1 FROM clusters WHERE tenant_id = ${tenantId}::uuid AND id = ${clusterId}::uuid FOR NO KEY UPDATE`
        const cluster = await tx.cluster.findFirst({ where: { tenantId, id: clusterId } })
        if (!owner || !cluster) return null
        if ((await tx.clusterAccess.count({ where: { tenantId, clusterId } })) >= most)
          return { result: 'full' as const, audit: null }
        await tx.$executeRaw`SELECT hold_cluster_accesses(${tenantId}::uuid)`
        const [now] = await tx.$queryRaw<[{ health: EdgeNodeHealth }]>`
          SELECT cluster_health(${tenantId}::uuid, ${clusterId}::uuid)::text AS health`
        const { name, region, type, slug } = cluster
        const copies = { name, region, type, health: now.health, ownerSlug: owner.slug }
        const result = await tx.clusterAccess.create({ data: { ...fields, ...copies, tenantId, clusterId } })
        const after = { cluster: slug, subscriber: fields.subscriberSlug, ...termsOf(result) }
        return { result, audit: { as: 'grantClusterAccess', of: ['ClusterAccess', result.id], after } }
      },
      (tx, id) => tx.clusterAccess.findFirst({ where: { tenantId, id } }),
    )
  },

  /** Null when there is no such access. */
  update: (permit: Writer, id: string, data: Partial<Terms>) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await tx.$queryRaw`SELECT 1 FROM cluster_accesses WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR NO KEY UPDATE`
      const found = await tx.clusterAccess.findFirst({ where: { tenantId, id } })
      if (!found) return null
      const result = await tx.clusterAccess.update({ where: { tenantId_id: { tenantId, id } }, data })
      const fields = changed(termsOf(found), termsOf(result))
      return { result, audit: { as: 'updateClusterAccess', of: ['ClusterAccess', id], ...fields } }
    }),

  /** Null when there is no such access. */
  revoke: (permit: Writer, id: string) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await tx.clusterAccess.findFirst({ where: { tenantId, id } })
      const { count } = await tx.clusterAccess.deleteMany({ where: { tenantId, id } })
      if (!found || count === 0) return null
      const before = { cluster: found.name, subscriber: found.subscriberSlug, ...termsOf(found) }
      return { result: found, audit: { as: 'revokeClusterAccess', of: ['ClusterAccess', id], before } }
    }),

  /** The subscriber gives up what it was given. Null when it has no such access at that moment. */
  leave: (permit: Writer, id: string, at: Date) =>
    changes(permit, async (tx) => {
      const where = { id, subscriberId: permit.tenant, AND: holds(at) }
      const found = await tx.clusterAccess.findFirst({ where })
      const { count } = await tx.clusterAccess.deleteMany({ where })
      if (!found || count === 0) return null
      const before = { cluster: found.name, owner: found.ownerSlug, ...termsOf(found) }
      return { result: found, audit: { as: 'leaveSharedCluster', of: ['SharedCluster', id], before } }
    }),
})

export type ClusterAccessStore = ReturnType<typeof createClusterAccessStore>
