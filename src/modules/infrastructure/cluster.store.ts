import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { changed } from '../audit/audit.append.ts'
import type { Core } from '../core.ts'

export type ClusterRow = Prisma.ClusterGetPayload<object>
export type ClusterFields = Partial<
  Pick<ClusterRow, 'name' | 'type' | 'region' | 'baseUrl' | 'maxStreams' | 'maxViewers' | 'maxBandwidthMbps'>
>
type Writer = Permit<'infrastructure:write'>

const audited = ({ name, type, region, baseUrl, maxStreams, maxViewers, maxBandwidthMbps }: ClusterRow) => ({
  name,
  type,
  region,
  baseUrl,
  maxStreams,
  maxViewers,
  maxBandwidthMbps,
})

/** Only this file and `edge-node.store.ts`, for nodes that nobody made by hand, write clusters. */
export const createClusterStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'cluster'),

  /** Throws Prisma's P2002 when the slug is taken. */
  create: (permit: Writer, data: Omit<Prisma.ClusterUncheckedCreateInput, 'tenantId'>) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        const result = await tx.cluster.create({ data: { ...data, tenantId } })
        const after = { slug: result.slug, ...audited(result) }
        return { result, audit: { as: 'createCluster', of: ['Cluster', result.id], after } }
      },
      (tx, id) => tx.cluster.findFirst({ where: { tenantId, id } }),
    )
  },

  /** Null when there is no such cluster. */
  update: (permit: Writer, id: string, data: ClusterFields) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await tx.$queryRaw`SELECT 1 FROM clusters WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR NO KEY UPDATE`
      const found = await tx.cluster.findFirst({ where: { tenantId, id } })
      if (!found) return null
      const result = await tx.cluster.update({ where: { tenantId_id: { tenantId, id } }, data })
      const fields = changed(audited(found), audited(result))
      return { result, audit: { as: 'updateCluster', of: ['Cluster', id], ...fields } }
    }),

  /** Null when there is no such cluster. Throws Prisma's P2003 while it has nodes or service instances. */
  remove: (permit: Writer, id: string) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await tx.cluster.findFirst({ where: { tenantId, id } })
      if (!found) return null
      await tx.cluster.delete({ where: { tenantId_id: { tenantId, id } } })
      const before = { slug: found.slug, ...audited(found) }
      return { result: found, audit: { as: 'deleteCluster', of: ['Cluster', id], before } }
    }),
})

export type ClusterStore = ReturnType<typeof createClusterStore>
