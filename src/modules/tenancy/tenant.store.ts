import type { Prisma } from '../../../generated/prisma/client.ts'
import { operator, type Actor } from '../../auth/actor.ts'
import { accountPermit, type Permit } from '../../auth/permit.ts'
import { platformTenant, trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import type { Role } from '../../auth/actions.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import { LimitError } from '../../platform/problems.ts'
import { isStorable } from '../../platform/texts.ts'
import { changed } from '../audit/audit.append.ts'
import { askStanding } from '../audit/audit.standing.ts'
import type { Core } from '../core.ts'
import type { MembershipsOf } from './membership.ts'

/** What operators see of a tenant. */
export type ListedTenant = {
  readonly tenant: TenantId
  readonly slug: string
  readonly name: string
  readonly isActive: boolean
  readonly createdAt: Date
  readonly deletedAt: Date | null
}

/** What is watched for silence. */
export type Watched = 'edgeNode' | 'serviceInstance'
/** A tenant, and what of it has fallen silent. */
export type Silent = { readonly tenant: TenantId; readonly watched: Watched }

/** Each project begins with these. */
export const defaultEnvironments = [
  { name: 'Production', slug: 'production', color: '#d9480f' },
  { name: 'Staging', slug: 'staging', color: '#f08c00' },
  { name: 'Development', slug: 'development', color: '#2f9e44' },
]

const OWN = `
  SELECT t.id, t.slug, t.name, m.role FROM memberships m JOIN tenants t ON t.id = m.tenant_id
   WHERE m.user_id = $1 AND t.is_active AND t.deleted_at IS NULL`
const memberships = {
  all: `${OWN} ORDER BY m.created_at, m.id`,
  oldestTwo: `${OWN} ORDER BY m.created_at, m.id LIMIT 2`,
  slug: `${OWN} AND t.slug = $2`,
  tenant: `${OWN} AND t.id = $2`,
}

/** Only this file writes tenants; with `project.store.ts` it makes projects and environments. */
export const createTenantStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: {
    /** The tenant itself; null once it is deleted. */
    find: (tenant: TenantId, selection: Prisma.TenantDefaultArgs = {}) =>
      postgres.forTenant(tenant).tenant.findFirst({ ...selection, where: { id: tenant, deletedAt: null } }),
  },

  /** For operator commands: every tenant, deleted ones and that of the platform too. */
  list: async (): Promise<ListedTenant[]> => {
    const rows = await postgres.query<Omit<ListedTenant, 'tenant'> & { id: string }>(
      { setting: 'app.operator', value: 'on' },
      {
        text: `SELECT id, slug, name, is_active AS "isActive", created_at AS "createdAt", deleted_at AS "deletedAt"
                 FROM tenants ORDER BY slug`,
        values: [],
      },
    )
    return rows.map(({ id, ...row }) => ({ tenant: trustTenantId(id), ...row }))
  },

  /**
   * For operator commands, and for who lets another tenant use something: both name a tenant by its slug. The
   * one that stands for the platform is not found.
   */
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

  membershipsOf: (async (userId, asked) => {
    const [which, ...values] = typeof asked === 'string' ? [asked] : Object.entries(asked)[0]!
    if (!values.every(isStorable)) return [] // Postgres takes no such text, and no tenant is called so
    const rows = await postgres.query<{ id: string; slug: string; name: string; role: Role }>(
      { setting: 'app.user_id', value: userId },
      {
        name: `own_memberships_${which}`,
        text: memberships[which as keyof typeof memberships],
        values: [userId, ...values],
      },
    )
    return rows.map(({ id, ...row }) => ({ ...row, tenant: trustTenantId(id) }))
  }) satisfies MembershipsOf,

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

  /** The tenant whose bootstrap token has that SHA-256. */
  byBootstrapToken: async (hash: Buffer): Promise<TenantId | undefined> => {
    const [row] = await postgres.query<{ tenant_id: string }>(
      { setting: 'app.credential_hash', value: hash.toString('hex') },
      {
        name: 'bootstrap_tenant',
        text: 'SELECT tenant_id FROM bootstrap_tokens WHERE hash = $1',
        values: [hash],
      },
    )
    return row && trustTenantId(row.tenant_id)
  },

  /**
   * The tenants with an edge node or a service instance whose latest heartbeat is older than that and that was not told
   * to be silent.
   */
  withSilent: async (before: Date): Promise<Silent[]> => {
    const rows = await postgres.query<{ tenant_id: string; watched: Watched }>(
      { setting: 'app.silence', value: 'on' },
      {
        name: 'silent',
        text: `SELECT DISTINCT tenant_id, 'edgeNode' AS watched FROM edge_nodes
                WHERE health <> 'STALE' AND last_heartbeat_at < $1
               UNION ALL
               SELECT DISTINCT tenant_id, 'serviceInstance' FROM service_instances
                WHERE health <> 'STALE' AND status <> 'STOPPED' AND last_heartbeat_at < $1`,
        values: [before],
      },
    )
    return rows.map(({ tenant_id, watched }) => ({ tenant: trustTenantId(tenant_id), watched }))
  },

  /** The tenants with a clip that was to be kept until then or less long. */
  withDueClips: async (now: Date): Promise<TenantId[]> => {
    const rows = await postgres.query<{ tenant_id: string }>(
      { setting: 'app.retention', value: 'on' },
      {
        name: 'due_clips',
        text: 'SELECT DISTINCT tenant_id FROM clips WHERE deleted_at IS NULL AND retention_until <= $1',
        values: [now],
      },
    )
    return rows.map(({ tenant_id }) => trustTenantId(tenant_id))
  },

  /** Answers null once the tenant is deleted. */
  rename: (permit: Permit<'tenant:write'>, name: string) =>
    changes(permit, async (tx) => {
      const { tenant } = permit
      const before = await lockedTenant(tx, tenant)
      if (!before) return null
      const result = await tx.tenant.update({ where: { id: tenant }, data: { name } })
      const fields = changed({ name: before.name }, { name })
      return { result, audit: { as: 'updateTenant', of: ['Tenant', tenant], ...fields } }
    }),

  /** Keeps all its rows, and lets nobody in any more. Answers null when it was deleted before. */
  markDeleted: (permit: Permit<'tenant:own'>, at: Date) =>
    changes(permit, async (tx) => {
      const { tenant } = permit
      if (!(await lockedTenant(tx, tenant))) return null
      // Asked under that lock, which every change of memberships takes: afterwards nobody may do anything there.
      await askStanding(tx, permit)
      await tx.tenant.update({ where: { id: tenant }, data: { deletedAt: at, isActive: false } })
      const fields = { before: { deletedAt: null }, after: { deletedAt: at } }
      return {
        result: { id: tenant },
        audit: { as: 'deleteTenant', of: ['Tenant', tenant], ...fields, standing: 'checked' },
      }
    }),

  /**
   * Creates a tenant with a first project, its environments, and its owner if it has one. Throws LimitError
   * when that account owns `most` already, deleted ones included, and P2002 when the slug is taken.
   */
  create: async (
    { slug, name, owner }: { slug: string; name: string; owner?: { id: string; most: number } | undefined },
    actor: Actor = operator,
  ): Promise<TenantId> => {
    const tenant = trustTenantId(uuidv7())
    await changes(accountPermit<'tenant:create'>(tenant, actor), async (tx) => {
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
      return {
        result: tenant,
        audit: { as: 'createTenant', of: ['Tenant', tenant], after: { slug, name } },
      }
    })
    return tenant
  },

  /**
   * Lets nobody in, by key or as a member, or lets them in again, and with it all that is done for it by the
   * clock: who evaluates and who notifies asks for `is_active`. False when it was so before, or is deleted.
   * The permit is an operator's, who is above the roles of a tenant.
   */
  setActive: async (permit: Permit<never>, isActive: boolean, at: Date): Promise<boolean> => {
    const { tenant } = permit
    const done = await changes(permit, async (tx) => {
      const { count } = await tx.tenant.updateMany({
        where: { id: tenant, deletedAt: null, isActive: !isActive },
        data: { isActive, ...(isActive && { activeSince: at }) },
      })
      if (count === 0) return null
      const as = isActive ? 'activateTenant' : 'deactivateTenant'
      const fields = { before: { isActive: !isActive }, after: { isActive } }
      return { result: true, audit: { as, of: ['Tenant', tenant], ...fields } }
    })
    return done ?? false
  },
})

export type TenantStore = ReturnType<typeof createTenantStore>
