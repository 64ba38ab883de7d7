import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import type { Core } from '../core.ts'

export type BootstrapTokenRow = Prisma.BootstrapTokenGetPayload<object>
type NewToken = Pick<
  BootstrapTokenRow,
  'id' | 'clusterId' | 'name' | 'hash' | 'createdBy' | 'createdAt' | 'expiresAt'
>
type Writer = Permit<'bootstrapToken:write'>
/** A token that still registers a node. */
const open = (at: Date) => ({ usedAt: null, revokedAt: null, expiresAt: { gt: at } })

/** Only this file writes bootstrap tokens. */
export const createBootstrapTokenStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'bootstrapToken'),

  /** Null when there is no such cluster; 'full' when `most` of them are open. */
  create: (permit: Writer, token: NewToken, most: number) => {
    const tenantId = permit.tenant
    return changes<'bootstrapToken:write', BootstrapTokenRow | 'full'>(
      permit,
      async (tx) => {
        await tx.$queryRaw`SELECT 1 FROM clusters WHERE tenant_id = ${tenantId}::uuid AND id = ${token.clusterId}::uuid FOR NO KEY UPDATE`
        const cluster = await tx.cluster.findFirst({ where: { tenantId, id: token.clusterId } })
        if (!cluster) return null
        const where = { tenantId, clusterId: token.clusterId, ...open(token.createdAt) }
        if ((await tx.bootstrapToken.count({ where })) >= most)
          return { result: 'full' as const, audit: null }
        const result = await tx.bootstrapToken.create({ data: { ...token, tenantId } })
        const after = { name: result.name, cluster: cluster.slug, expiresAt: result.expiresAt }
        return { result, audit: { as: 'createBootstrapToken', of: ['BootstrapToken', result.id], after } }
      },
      (tx, id) => tx.bootstrapToken.findFirst({ where: { tenantId, id } }),
    )
  },

  /** Null when there is no such token, or it can't be used any more. */
  revoke: (permit: Writer, id: string, at: Date) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const [result] = await tx.bootstrapToken.updateManyAndReturn({
        where: { tenantId, id, usedAt: null, revokedAt: null },
        data: { revokedAt: at },
      })
      if (!result) return null
      const fields = { before: { revokedAt: null }, after: { revokedAt: at, name: result.name } }
      return { result, audit: { as: 'revokeBootstrapToken', of: ['BootstrapToken', id], ...fields } }
    }),

  /** Uses a token up, once whoever comes at once; undefined when it is no good. */
  take: async (
    tx: PrismaTransaction,
    tenantId: TenantId,
    { hash, usedBy, at }: { hash: Uint8Array<ArrayBuffer>; usedBy: string; at: Date },
  ): Promise<BootstrapTokenRow | undefined> => {
    const [taken] = await tx.bootstrapToken.updateManyAndReturn({
      where: {
        tenantId,
        hash,
        ...open(at),
        tenant: { is: { isActive: true, deletedAt: null } },
      },
      data: { usedAt: at, usedBy },
    })
    return taken
  },
})

export type BootstrapTokenStore = ReturnType<typeof createBootstrapTokenStore>
