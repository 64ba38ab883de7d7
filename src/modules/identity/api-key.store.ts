import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { tenantScope } from '../../platform/postgres/scope.ts'
import type { Core } from '../core.ts'

export type NewApiKey = Pick<
  Prisma.ApiKeyUncheckedCreateInput,
  'id' | 'name' | 'prefix' | 'hash' | 'expiresAt' | 'projectId' | 'edgeNode'
> & { scopes: string[] }
export type ApiKeyRow = Prisma.ApiKeyGetPayload<object>
/** What a key was used since the last time it was written. */
export type KeyUse = { readonly id: string; readonly count: number; readonly lastUsedAt: Date }

/** What the audit log may say of a key: never the key, never its hash. */
const audited = ({ name, prefix, scopes, expiresAt, projectId, edgeNode }: NewApiKey | ApiKeyRow) => ({
  name,
  prefix,
  scopes,
  expiresAt: expiresAt ?? null,
  projectId: projectId ?? null,
  ...(edgeNode != null && { edgeNode }),
})

/**
 * A key may end itself, and is allowed nothing after it. That it had not ended yet is then asked under the
 * lock of its row.
 */
const standingOf = ({ actor }: Permit<'apiKey:write'>, id: string) =>
  actor.id === id ? { standing: 'ended' as const } : {}

const ADD_USAGE = `
  WITH used AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS u(id, count, at)),
       locked AS (SELECT k.id FROM api_keys k JOIN used USING (id) WHERE k.tenant_id = $4 ORDER BY k.id FOR UPDATE OF k)
  UPDATE api_keys k SET usage_count = k.usage_count + used.count, last_used_at = greatest(k.last_used_at, used.at)
    FROM used JOIN locked USING (id) WHERE k.id = used.id AND k.tenant_id = $4`

/** Ends the keys of an edge node. */
const endOfNode = async (
  tx: PrismaTransaction,
  tenantId: TenantId,
  edgeNode: string,
  at: Date,
): Promise<void> => {
  await tx.apiKey.updateMany({ where: { tenantId, edgeNode, revokedAt: null }, data: { revokedAt: at } })
}

/** Whether the tenant has so many keys that have not ended; those of edge nodes count apart, one for each. */
const isFull = async (
  tx: PrismaTransaction,
  tenantId: TenantId,
  { most, at }: { most: number; at: Date },
  edgeNode: null | { not: null } = null,
): Promise<boolean> => {
  const active = { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: at } }] }
  return (await tx.apiKey.count({ where: { tenantId, edgeNode, ...active } })) >= most
}

/** Only this file, `audit.standing.ts` and `auth/authenticate.ts`, which has no tenant yet, read API keys. */
export const createApiKeyStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'apiKey'),

  /** The id of a project that is not deleted. */
  findProject: async (
    tenant: TenantId,
    project: { id: string } | { slug: string },
  ): Promise<string | undefined> => {
    const where = { ...project, tenantId: tenant, deletedAt: null }
    return (await postgres.forTenant(tenant).project.findFirst({ where, select: { id: true } }))?.id
  },

  /**
   * Null when the tenant has `most` keys that have not ended; its row is held, so that many at once don't
   * exceed them.
   */
  create: (permit: Permit<'apiKey:write'>, key: NewApiKey, { most, at }: { most: number; at: Date }) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        await lockedTenant(tx, tenantId)
        if (await isFull(tx, tenantId, { most, at })) return null
        const made = await tx.apiKey.create({ data: { ...key, tenantId } })
        return { result: made, audit: { as: 'createApiKey', of: ['ApiKey', made.id], after: audited(key) } }
      },
      (tx, id) => tx.apiKey.findFirst({ where: { tenantId, id } }),
    )
  },

  /**
   * In the transaction of a registration, which tells of it and which others of the tenant wait for: a node has one
   * key, and the last one counts. Null when `most` nodes have one.
   */
  replaceOfNode: async (
    tx: PrismaTransaction,
    tenantId: TenantId,
    key: NewApiKey,
    { most, at }: { most: number; at: Date },
  ) => {
    await endOfNode(tx, tenantId, key.edgeNode!, at)
    if (await isFull(tx, tenantId, { most, at }, { not: null })) return null
    return tx.apiKey.create({ data: { ...key, tenantId } })
  },

  endOfNode,

  /**
   * Puts the key that `make` makes beside the old one, which ends at `endsAt` at the latest. `make` sees the
   * old key under a lock, so of two rotations one is first, and may throw. Null when there is no such key. Throws
   * what `full` makes when the old one stays beside it and the tenant has `most` that have not ended.
   */
  rotate: (
    permit: Permit<'apiKey:write'>,
    { id, now, endsAt, most }: { id: string; now: Date; endsAt: Date; most: number },
    full: () => Error,
    make: (old: ApiKeyRow) => NewApiKey,
  ) =>
    changes(permit, async (tx) => {
      const { tenant, actor } = permit
      await lockedTenant(tx, tenant)
      await tx.$queryRaw`SELECT 1 FROM api_keys WHERE tenant_id = ${tenant}::uuid AND id = ${id}::uuid FOR UPDATE`
      const old = await tx.apiKey.findFirst({ where: { tenantId: tenant, id } })
      if (!old) return null
      const key = make(old)
      const isKept = endsAt > now
      if (isKept && !old.edgeNode && (await isFull(tx, tenant, { most, at: now }))) throw full()
      const made = await tx.apiKey.create({ data: { ...key, tenantId: tenant } })
      const ends = old.expiresAt && old.expiresAt < endsAt ? old.expiresAt : endsAt
      await tx.apiKey.updateMany({
        where: { tenantId: tenant, id },
        data: {
          successorId: made.id,
          ...(ends <= now ? { revokedAt: now, revokedBy: actor.id } : { expiresAt: ends }),
        },
      })
      const before = audited(old)
      const after = { ...audited(key), newId: made.id, oldEndsAt: ends }
      const standing = standingOf(permit, id)
      return { result: made, audit: { as: 'rotateApiKey', of: ['ApiKey', id], before, after, ...standing } }
    }),

  /** Answers the key; null when it had ended already. */
  revoke: (permit: Permit<'apiKey:write'>, id: string, at: Date) =>
    changes(permit, async (tx) => {
      const { tenant, actor } = permit
      const [revoked] = await tx.apiKey.updateManyAndReturn({
        where: { tenantId: tenant, id, revokedAt: null },
        data: { revokedAt: at, revokedBy: actor.id },
      })
      if (!revoked) return null
      const before = { revokedAt: null }
      const after = { revokedAt: at, name: revoked.name, prefix: revoked.prefix }
      const standing = standingOf(permit, id)
      return {
        result: revoked,
        audit: { as: 'revokeApiKey', of: ['ApiKey', id], before, after, ...standing },
      }
    }),

  /**
   * Adds what keys were used, in one statement and in the order of their ids, so that two programs don't wait
   * for each other.
   */
  addUsage: async (tenant: TenantId, uses: readonly KeyUse[]): Promise<void> => {
    await postgres.query(tenantScope(tenant), {
      name: 'api_key_usage',
      text: ADD_USAGE,
      values: [
        uses.map(({ id }) => id),
        uses.map(({ count }) => count),
        uses.map(({ lastUsedAt }) => lastUsedAt),
        tenant,
      ],
    })
  },
})

export type ApiKeyStore = ReturnType<typeof createApiKeyStore>
