import type { Prisma } from '../../../generated/prisma/client.ts'
import { operator, type Actor } from '../../auth/actor.ts'
import { platformTenant, trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import type { Role } from '../../auth/actions.ts'
import type { Postgres, PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { LimitError } from '../../platform/problems.ts'
import { appendAudit, changed } from '../audit/audit.append.ts'
import type { OwnMembership } from './membership.ts'

/** Each project begins with these (design, section 5). */
export const defaultEnvironments = [
  { name: 'Production', slug: 'production', color: '#d9480f' },
  { name: 'Staging', slug: 'staging', color: '#f08c00' },
  { name: 'Development', slug: 'development', color: '#2f9e44' },
]

/** The tenant's row, held until the transaction ends: changes that count what the tenant has follow one another. */
export const lockedTenant = async (
  tx: PrismaTransaction,
  tenant: TenantId,
): Promise<{ name: string } | undefined> => {
  const [row] = await tx.$queryRaw<{ name: string }[]>`
    SELECT name FROM tenants WHERE id = ${tenant}::uuid AND deleted_at IS NULL FOR NO KEY UPDATE`
  return row
}

/** Only this file writes tenants; with `project.store.ts` it makes projects and environments. */
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

  /** For operator commands, which name a tenant by its slug. The one that stands for the platform is none. */
  findBySlug: async (slug: string): Promise<TenantId | undefined> => {
    const [row] = await postgres.query<{ id: string }>(
      { setting: 'app.tenant_slug', value: slug },
      {
        text: 'SELECT id FROM tenants WHERE slug = $1 AND id <> $2 AND deleted_at IS NULL',
        values: [slug, platformTenant],
      },
    )
    return row && trustTenantId(row.id)
  },

  /** Where an account is a member: of active tenants only, the oldest membership first. */
  membershipsOf: async (userId: string): Promise<OwnMembership[]> => {
    const rows = await postgres.query<{ id: string; slug: string; name: string; role: Role }>(
      { setting: 'app.user_id', value: userId },
      {
        name: 'own_memberships',
        text: `SELECT t.id, t.slug, t.name, m.role FROM memberships m JOIN tenants t ON t.id = m.tenant_id
                WHERE m.user_id = $1 AND t.is_active AND t.deleted_at IS NULL ORDER BY m.created_at, m.id`,
        values: [userId],
      },
    )
    return rows.map(({ id, ...row }) => ({ ...row, tenant: trustTenantId(id) }))
  },

  /** The tenant of an invitation, for whoever brings its token. */
  byInvitation: async (hash: Buffer): Promise<TenantId | undefined> => {
    const [row] = await postgres.query<{ tenant_id: string }>(
      { setting: 'app.credential_hash', value: hash.toString('hex') },
      {
        name: 'invitation_tenant',
        text: 'SELECT tenant_id FROM invitations WHERE hash = $1',
        values: [hash],
      },
    )
    return row && trustTenantId(row.tenant_id)
  },

  /** False when there is no such tenant any more. */
  rename: (tenant: TenantId, name: string, actor: Actor): Promise<boolean> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      const before = await lockedTenant(tx, tenant)
      if (!before) return false
      await tx.tenant.update({ where: { id: tenant }, data: { name } })
      const resource = { resourceType: 'Tenant', resourceId: tenant }
      const change = changed({ name: before.name }, { name })
      await appendAudit(tx, tenant, {
        actor,
        action: 'updateTenant',
        requires: 'tenant:write',
        ...resource,
        ...change,
      })
      return true
    }),

  /** Keeps everything of it, and lets nobody in any more. False when it was deleted before. */
  markDeleted: (tenant: TenantId, at: Date, actor: Actor): Promise<boolean> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      if (!(await lockedTenant(tx, tenant))) return false
      await tx.tenant.update({ where: { id: tenant }, data: { deletedAt: at, isActive: false } })
      const resource = { resourceType: 'Tenant', resourceId: tenant }
      const change = { before: { deletedAt: null }, after: { deletedAt: at } }
      await appendAudit(tx, tenant, {
        actor,
        action: 'deleteTenant',
        requires: 'tenant:own',
        ...resource,
        ...change,
      })
      return true
    }),

  /**
   * Makes a tenant with a first project, its environments, and its owner if it has one. Throws LimitError when that account
   * owns `most` already, deleted ones included, and P2002 when the slug is taken.
   */
  create: async (
    { slug, name, owner }: { slug: string; name: string; owner?: { id: string; most: number } | undefined },
    actor: Actor = operator,
  ): Promise<TenantId> => {
    const tenant = trustTenantId(uuidv7())
    return postgres.forTenant(tenant).$transaction(async (tx) => {
      if (owner) {
        const { id, most } = owner
        // Row-level security lets only who acts as the account make it a member.
        await tx.$queryRaw`SELECT set_config('app.user_id', ${id}, true)`
        // The account's row is held, so that many at once don't exceed the bound.
        await tx.$queryRaw`SELECT 1 FROM users WHERE id = ${id}::uuid FOR NO KEY UPDATE`
        if ((await tx.membership.count({ where: { userId: id, role: 'OWNER' } })) >= most)
          throw new LimitError(`You may own ${most} tenants at most, deleted ones included.`)
      }
      await tx.tenant.create({ data: { id: tenant, slug, name } })
      if (owner)
        await tx.membership.create({
          data: { id: uuidv7(), tenantId: tenant, userId: owner.id, role: 'OWNER', joinedAt: new Date() },
        })
      const projectId = uuidv7()
      await tx.project.create({ data: { id: projectId, tenantId: tenant, name: 'Default', slug: 'default' } })
      await tx.environment.createMany({
        data: defaultEnvironments.map((environment) => ({
          ...environment,
          id: uuidv7(),
          tenantId: tenant,
          projectId,
        })),
      })
      const resource = { resourceType: 'Tenant', resourceId: tenant }
      const after = { slug, name }
      await appendAudit(tx, tenant, {
        actor,
        action: 'createTenant',
        requires: 'nobody asks',
        ...resource,
        after,
      })
      return tenant
    })
  },

  /** For operators: lets nobody in, by key or as a member, or lets them in again. False when it was so before, or is deleted. */
  setActive: (tenant: TenantId, isActive: boolean): Promise<boolean> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      const { count } = await tx.tenant.updateMany({
        where: { id: tenant, deletedAt: null, isActive: !isActive },
        data: { isActive },
      })
      if (count === 0) return false
      await appendAudit(tx, tenant, {
        actor: operator,
        action: isActive ? 'activateTenant' : 'deactivateTenant',
        requires: 'nobody asks',
        resourceType: 'Tenant',
        resourceId: tenant,
        before: { isActive: !isActive },
        after: { isActive },
      })
      return true
    }),
})

export type TenantStore = ReturnType<typeof createTenantStore>
