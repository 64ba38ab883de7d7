import type { Prisma } from '../../../generated/prisma/client.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'

export type NewApiKey = Pick<
  Prisma.ApiKeyUncheckedCreateInput,
  'id' | 'name' | 'prefix' | 'hash' | 'scopes' | 'expiresAt'
>

/** Only this file and `auth/authenticate.ts`, which has no tenant yet, read API keys. */
export const createApiKeyStore = ({ postgres }: { postgres: Postgres }) => ({
  find: (tenant: TenantId, id: string, query: Prisma.ApiKeyDefaultArgs = {}) =>
    postgres.forTenant(tenant).apiKey.findFirst({ ...query, where: { tenantId: tenant, id } }),

  create: async (tenant: TenantId, key: NewApiKey): Promise<void> => {
    await postgres.forTenant(tenant).apiKey.create({ data: { ...key, tenantId: tenant } })
  },

  /** True when the key was active until now. */
  revoke: async (tenant: TenantId, id: string, at: Date): Promise<boolean> => {
    const { count } = await postgres
      .forTenant(tenant)
      .apiKey.updateMany({ where: { tenantId: tenant, id, revokedAt: null }, data: { revokedAt: at } })
    return count === 1
  },
})

export type ApiKeyStore = ReturnType<typeof createApiKeyStore>
