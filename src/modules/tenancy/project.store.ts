import type { Prisma } from '../../../generated/prisma/client.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import type { Postgres } from '../../platform/postgres/postgres.ts'
import { defaultEnvironments } from './tenant.store.ts'

export type ProjectFields = { name?: string; slug?: string; color?: string }
export type EnvironmentFields = ProjectFields & { retentionDays?: number }

const alive = (tenant: TenantId, id: string) => ({ tenantId_id: { tenantId: tenant, id }, deletedAt: null })
const within = (tenant: TenantId, id: string) => ({
  tenantId_id: { tenantId: tenant, id },
  project: { is: { deletedAt: null } },
})

/** Only this file and `tenant.store.ts` write projects and environments. Deleted projects are never seen. */
export const createProjectStore = ({ postgres }: { postgres: Postgres }) => {
  return {
    count: (tenant: TenantId): Promise<number> =>
      postgres.forTenant(tenant).project.count({ where: { tenantId: tenant, deletedAt: null } }),

    /** With the three environments that each project begins with. Throws P2002 when the slug is taken. */
    create: (tenant: TenantId, project: { id: string; name: string; slug: string; color?: string }) =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        const made = await tx.project.create({ data: { ...project, tenantId: tenant } })
        await tx.environment.createMany({
          data: defaultEnvironments.map((each) => ({
            ...each,
            id: uuidv7(),
            tenantId: tenant,
            projectId: made.id,
          })),
        })
        return made
      }),

    /** Throws P2025 when there is no such project, P2002 when the slug is taken. */
    update: (tenant: TenantId, id: string, data: ProjectFields) =>
      postgres.forTenant(tenant).project.update({ where: alive(tenant, id), data }),

    /** Throws P2025 when there is no such project. */
    markDeleted: (tenant: TenantId, id: string, at: Date) =>
      postgres
        .forTenant(tenant)
        .project.update({ where: alive(tenant, id), data: { deletedAt: at, isActive: false } }),

    /**
     * Answers null when there is no such project, 'full' when it has `most` environments. The project's row is locked, so
     * that it is not deleted meanwhile and two at once don't exceed the bound.
     */
    addEnvironment: (
      tenant: TenantId,
      environment: Omit<Prisma.EnvironmentUncheckedCreateInput, 'tenantId'>,
      most: number,
    ) =>
      postgres.forTenant(tenant).$transaction(async (tx) => {
        const { projectId } = environment
        const found = await tx.$queryRaw<unknown[]>`
          SELECT 1 FROM projects WHERE tenant_id = ${tenant}::uuid AND id = ${projectId}::uuid AND deleted_at IS NULL FOR UPDATE`
        if (found.length === 0) return null
        if ((await tx.environment.count({ where: { tenantId: tenant, projectId } })) >= most)
          return 'full' as const
        return tx.environment.create({ data: { ...environment, tenantId: tenant } })
      }),

    /** Throws P2025 when there is no such environment, P2002 when the slug is taken. */
    updateEnvironment: (tenant: TenantId, id: string, data: EnvironmentFields) =>
      postgres.forTenant(tenant).environment.update({ where: within(tenant, id), data }),

    /** Throws P2025 when there is no such environment. */
    removeEnvironment: (tenant: TenantId, id: string) =>
      postgres.forTenant(tenant).environment.delete({ where: within(tenant, id) }),
  }
}

export type ProjectStore = ReturnType<typeof createProjectStore>
