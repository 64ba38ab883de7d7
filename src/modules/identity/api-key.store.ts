import type { Prisma } from '../../../generated/prisma/client.ts'
import { operator, type Actor } from '../../auth/actor.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { tenantScope } from '../../platform/postgres/scope.ts'
import { appendAudit } from '../audit/audit.append.ts'

export type NewApiKey = Pick<
  Prisma.ApiKeyUncheckedCreateInput,
  'id' | 'name' | 'prefix' | 'hash' | 'expiresAt' | 'projectId'
> & { scopes: string[] }
export type ApiKeyRow = Prisma.ApiKeyGetPayload<object>
/** What a key was used since the last time it was written. */
export type KeyUse = { readonly id: string; readonly count: number; readonly lastUsedAt: Date }

/** What the audit log may say of a key: never the key, never its hash. */
const told = ({ name, prefix, scopes, expiresAt, projectId }: NewApiKey | ApiKeyRow) => ({
  name,
  prefix,
  scopes,
  expiresAt: expiresAt ?? null,
  projectId: projectId ?? null,
})

const ADD_USAGE = `
  WITH used AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS u(id, count, at)),
       locked AS (SELECT k.id FROM api_keys k JOIN used USING (id) WHERE k.tenant_id = $4 ORDER BY k.id FOR UPDATE OF k)
  UPDATE api_keys k SET usage_count = k.usage_count + used.count, last_used_at = greatest(k.last_used_at, used.at)
    FROM used JOIN locked USING (id) WHERE k.id = used.id AND k.tenant_id = $4`

/** Only this file, `audit.standing.ts` and `auth/authenticate.ts`, which has no tenant yet, read API keys. */
export const createApiKeyStore = ({ postgres }: { postgres: Postgres }) => ({
  page: (tenant: TenantId, page: Prisma.ApiKeyFindManyArgs) =>
    postgres
      .forTenant(tenant)
      .apiKey.findMany({ ...page, where: { AND: [{ tenantId: tenant }, page.where ?? {}] } }),

  count: (tenant: TenantId, where: Prisma.ApiKeyWhereInput): Promise<number> =>
    postgres.forTenant(tenant).apiKey.count({ where: { AND: [{ tenantId: tenant }, where] } }),

  find: (tenant: TenantId, id: string, query: Prisma.ApiKeyDefaultArgs = {}) =>
    postgres.forTenant(tenant).apiKey.findFirst({ ...query, where: { tenantId: tenant, id } }),

  /** The id of a project that is not deleted. */
  findProject: async (
    tenant: TenantId,
    project: { id: string } | { slug: string },
  ): Promise<string | undefined> => {
    const where = { ...project, tenantId: tenant, deletedAt: null }
    return (await postgres.forTenant(tenant).project.findFirst({ where, select: { id: true } }))?.id
  },

  /**
   * Null when the tenant has `most` keys that have not ended; its row is held, so that many at once don't exceed them.
   */
  create: (
    tenant: TenantId,
    actor: Actor,
    key: NewApiKey,
    { most, at }: { most: number; at: Date },
  ): Promise<ApiKeyRow | null> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM tenants WHERE id = ${tenant}::uuid FOR NO KEY UPDATE`
      const active = { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: at } }] }
      if ((await tx.apiKey.count({ where: { tenantId: tenant, ...active } })) >= most) return null
      const made = await tx.apiKey.create({ data: { ...key, tenantId: tenant } })
      const resource = { resourceType: 'ApiKey', resourceId: made.id }
      await appendAudit(tx, tenant, {
        actor,
        action: 'createApiKey',
        requires: 'apiKey:write',
        ...resource,
        after: told(key),
      })
      return made
    }),

  /**
   * Puts the key that `make` makes beside the old one, which ends at `endsAt` at the latest. `make` sees the old key under a
   * lock, so of two rotations one is first, and may throw. Null when there is no such key.
   */
  rotate: (
    tenant: TenantId,
    actor: Actor,
    { id, now, endsAt }: { id: string; now: Date; endsAt: Date },
    make: (old: ApiKeyRow) => NewApiKey,
  ): Promise<ApiKeyRow | null> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM api_keys WHERE tenant_id = ${tenant}::uuid AND id = ${id}::uuid FOR UPDATE`
      const old = await tx.apiKey.findFirst({ where: { tenantId: tenant, id } })
      if (!old) return null
      const key = make(old)
      const made = await tx.apiKey.create({ data: { ...key, tenantId: tenant } })
      const ends = old.expiresAt && old.expiresAt < endsAt ? old.expiresAt : endsAt
      await tx.apiKey.updateMany({
        where: { tenantId: tenant, id },
        data: ends <= now ? { revokedAt: now, revokedBy: actor.id } : { expiresAt: ends },
      })
      await appendAudit(tx, tenant, {
        actor,
        action: 'rotateApiKey',
        // A key may end itself, and is allowed nothing after it.
        ...(actor.id !== id && { requires: 'apiKey:write' as const }),
        resourceType: 'ApiKey',
        resourceId: id,
        before: told(old),
        after: { ...told(key), newId: made.id, oldEndsAt: ends },
      })
      return made
    }),

  /** True when the key was active until now. */
  revoke: (tenant: TenantId, id: string, at: Date, actor: Actor = operator): Promise<boolean> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      const [revoked] = await tx.apiKey.updateManyAndReturn({
        where: { tenantId: tenant, id, revokedAt: null },
        data: { revokedAt: at, revokedBy: actor.id },
      })
      if (!revoked) return false
      await appendAudit(tx, tenant, {
        actor,
        action: 'revokeApiKey',
        // A key may end itself, and is allowed nothing after it.
        ...(actor.id !== id && { requires: 'apiKey:write' as const }),
        resourceType: 'ApiKey',
        resourceId: id,
        before: { revokedAt: null },
        after: { revokedAt: at, name: revoked.name, prefix: revoked.prefix },
      })
      return true
    }),

  /** Adds what keys were used, in one statement and in the order of their ids, so that two programs don't wait for each other. */
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
