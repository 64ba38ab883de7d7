import type { Prisma } from '../../../generated/prisma/client.ts'
import { operator, type Actor } from '../../auth/actor.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { appendAudit } from '../audit/audit.append.ts'

/** Each project begins with these (design, section 5). */
const environments = [
  { name: 'Production', slug: 'production', color: '#d9480f' },
  { name: 'Staging', slug: 'staging', color: '#f08c00' },
  { name: 'Development', slug: 'development', color: '#2f9e44' },
]

/** Only this file reads and writes tenants, projects and environments. */
export const createTenantStore = ({ postgres }: { postgres: Postgres }) => ({
  find: (tenant: TenantId, query: Prisma.TenantDefaultArgs = {}) =>
    postgres.forTenant(tenant).tenant.findFirst({ ...query, where: { id: tenant, deletedAt: null } }),

  /** For operator commands: every tenant, deleted ones too. */
  list: async (): Promise<{ tenant: TenantId; slug: string }[]> => {
    const rows = await postgres.query<{ id: string; slug: string }>(
      { setting: 'app.operator', value: 'on' },
      { text: 'SELECT id, slug FROM tenants ORDER BY slug', values: [] },
    )
    return rows.map(({ id, slug }) => ({ tenant: trustTenantId(id), slug }))
  },

  /** For operator commands, which name a tenant by its slug. */
  findBySlug: async (slug: string): Promise<TenantId | undefined> => {
    const [row] = await postgres.query<{ id: string }>(
      { setting: 'app.tenant_slug', value: slug },
      { text: 'SELECT id FROM tenants WHERE slug = $1 AND deleted_at IS NULL', values: [slug] },
    )
    return row && trustTenantId(row.id)
  },

  /** Makes a tenant with a first project and its environments. Throws P2002 when the slug is taken. */
  create: async (
    { slug, name }: { slug: string; name: string },
    actor: Actor = operator,
  ): Promise<TenantId> => {
    const tenant = trustTenantId(uuidv7())
    await postgres.forTenant(tenant).$transaction(async (tx) => {
      await tx.tenant.create({ data: { id: tenant, slug, name } })
      const projectId = uuidv7()
      await tx.project.create({ data: { id: projectId, tenantId: tenant, name: 'Default', slug: 'default' } })
      await tx.environment.createMany({
        data: environments.map((environment) => ({
          ...environment,
          id: uuidv7(),
          tenantId: tenant,
          projectId,
        })),
      })
      const resource = { resourceType: 'Tenant', resourceId: tenant }
      await appendAudit(tx, tenant, { actor, action: 'createTenant', ...resource, after: { slug, name } })
    })
    return tenant
  },
})

export type TenantStore = ReturnType<typeof createTenantStore>
