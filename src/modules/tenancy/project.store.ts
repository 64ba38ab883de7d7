import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Actor } from '../../auth/actor.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import type { Postgres, PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { appendAudit, changed } from '../audit/audit.append.ts'
import { defaultEnvironments, lockedTenant } from './tenant.store.ts'

export type ProjectFields = { name?: string; slug?: string; color?: string }
export type EnvironmentFields = ProjectFields & { retentionDays?: number }

const audited = ({ name, slug, color, retentionDays }: EnvironmentFields) => ({
  name,
  slug,
  color,
  retentionDays,
})
const project = (id: string) => ({ resourceType: 'Project', resourceId: id })
const environment = (id: string) => ({ resourceType: 'Environment', resourceId: id })

/** A project that is not deleted; its row is held until the transaction ends. */
const lockedProject = async (tx: PrismaTransaction, tenant: TenantId, id: string) => {
  await tx.$queryRaw`SELECT 1 FROM projects WHERE tenant_id = ${tenant}::uuid AND id = ${id}::uuid FOR UPDATE`
  return tx.project.findFirst({ where: { tenantId: tenant, id, deletedAt: null } })
}
/** The same for an environment, whose project must not be deleted either. */
const lockedEnvironment = async (tx: PrismaTransaction, tenant: TenantId, id: string) => {
  await tx.$queryRaw`SELECT 1 FROM environments WHERE tenant_id = ${tenant}::uuid AND id = ${id}::uuid FOR UPDATE`
  return tx.environment.findFirst({ where: { tenantId: tenant, id, project: { is: { deletedAt: null } } } })
}

/** Only this file and `tenant.store.ts` write projects and environments. Deleted projects are never seen: they answer null. */
export const createProjectStore = ({ postgres }: { postgres: Postgres }) => {
  return {
    /**
     * With the three environments that each project begins with. Answers 'full' when the tenant has `most` projects. Throws
     * P2002 when the slug is taken.
     */
    create: (
      tenant: TenantId,
      actor: Actor,
      data: { id: string; name: string; slug: string; color?: string },
      most: number,
    ) =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        await lockedTenant(tx, tenant)
        if ((await tx.project.count({ where: { tenantId: tenant, deletedAt: null } })) >= most)
          return 'full' as const
        const made = await tx.project.create({ data: { ...data, tenantId: tenant } })
        await tx.environment.createMany({
          data: defaultEnvironments.map((each) => ({
            ...each,
            id: uuidv7(),
            tenantId: tenant,
            projectId: made.id,
          })),
        })
        const after = audited(made)
        await appendAudit(tx, tenant, {
          actor,
          action: 'createProject',
          requires: 'project:write',
          ...project(made.id),
          after,
        })
        return made
      }),

    /** Throws P2002 when the slug is taken. */
    update: (tenant: TenantId, actor: Actor, id: string, data: ProjectFields) =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        const before = await lockedProject(tx, tenant, id)
        if (!before) return null
        const made = await tx.project.update({ where: { tenantId_id: { tenantId: tenant, id } }, data })
        const change = changed(audited(before), audited(made))
        await appendAudit(tx, tenant, {
          actor,
          action: 'updateProject',
          requires: 'project:write',
          ...project(id),
          ...change,
        })
        return made
      }),

    markDeleted: (tenant: TenantId, actor: Actor, id: string, at: Date) =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        const before = await lockedProject(tx, tenant, id)
        if (!before) return null
        const deleted = await tx.project.update({
          where: { tenantId_id: { tenantId: tenant, id } },
          data: { deletedAt: at, isActive: false },
        })
        const change = { before: { ...audited(before), deletedAt: null }, after: { deletedAt: at } }
        await appendAudit(tx, tenant, {
          actor,
          action: 'deleteProject',
          requires: 'project:write',
          ...project(id),
          ...change,
        })
        return deleted
      }),

    /**
     * Answers null when there is no such project, 'full' when it has `most` environments. The project's row is locked, so
     * that it is not deleted meanwhile and two at once don't exceed the bound. Throws P2002 when the slug is taken.
     */
    addEnvironment: (
      tenant: TenantId,
      actor: Actor,
      data: Omit<Prisma.EnvironmentUncheckedCreateInput, 'tenantId'>,
      most: number,
    ) =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        const { projectId } = data
        if (!(await lockedProject(tx, tenant, projectId))) return null
        if ((await tx.environment.count({ where: { tenantId: tenant, projectId } })) >= most)
          return 'full' as const
        const made = await tx.environment.create({ data: { ...data, tenantId: tenant } })
        const after = { ...audited(made), projectId }
        await appendAudit(tx, tenant, {
          actor,
          action: 'createEnvironment',
          requires: 'project:write',
          ...environment(made.id),
          after,
        })
        return made
      }),

    /** Throws P2002 when the slug is taken. */
    updateEnvironment: (tenant: TenantId, actor: Actor, id: string, data: EnvironmentFields) =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        const before = await lockedEnvironment(tx, tenant, id)
        if (!before) return null
        const made = await tx.environment.update({ where: { tenantId_id: { tenantId: tenant, id } }, data })
        const change = changed(audited(before), audited(made))
        await appendAudit(tx, tenant, {
          actor,
          action: 'updateEnvironment',
          requires: 'project:write',
          ...environment(id),
          ...change,
        })
        return made
      }),

    removeEnvironment: (tenant: TenantId, actor: Actor, id: string) =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        const found = await lockedEnvironment(tx, tenant, id)
        if (!found) return null
        await tx.environment.delete({ where: { tenantId_id: { tenantId: tenant, id } } })
        const before = { ...audited(found), projectId: found.projectId }
        await appendAudit(tx, tenant, {
          actor,
          action: 'deleteEnvironment',
          requires: 'project:write',
          ...environment(id),
          before,
        })
        return found
      }),
  }
}

export type ProjectStore = ReturnType<typeof createProjectStore>
