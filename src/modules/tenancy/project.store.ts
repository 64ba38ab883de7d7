import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { lockedTenant } from '../../platform/postgres/locked-tenant.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { LimitError } from '../../platform/problems.ts'
import { changed } from '../audit/audit.append.ts'
import type { Core } from '../core.ts'
import { defaultEnvironments } from './tenant.store.ts'

export type ProjectFields = { name?: string; slug?: string; color?: string }
export type EnvironmentFields = ProjectFields & { retentionDays?: number }
type Writes = Permit<'project:write'>

const audited = ({ name, slug, color, retentionDays }: EnvironmentFields) => ({
  name,
  slug,
  color,
  retentionDays,
})

/** Deleted projects are never seen, and neither are their environments. */
const seen = { deletedAt: null } as const

/** A project that is not deleted; its row is held until the transaction ends. */
const lockedProject = async (tx: PrismaTransaction, tenant: TenantId, id: string) => {
  await tx.$queryRaw`SELECT 1 FROM projects WHERE tenant_id = ${tenant}::uuid AND id = ${id}::uuid FOR UPDATE`
  return tx.project.findFirst({ where: { tenantId: tenant, id, ...seen } })
}
/** An environment whose project is not deleted; its row is held until the transaction ends. */
const lockedEnvironment = async (tx: PrismaTransaction, tenant: TenantId, id: string) => {
  await tx.$queryRaw`SELECT 1 FROM environments WHERE tenant_id = ${tenant}::uuid AND id = ${id}::uuid FOR UPDATE`
  return tx.environment.findFirst({ where: { tenantId: tenant, id, project: { is: seen } } })
}

/**
 * Only this file and `tenant.store.ts` write projects and environments. What is not found is answered by
 * null.
 */
export const createProjectStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'project', seen),
  /** For the lists below projects, which are seen themselves. */
  environmentReads: rowsOf(postgres, 'environment'),

  /**
   * With the three environments that each project begins with. Throws LimitError when the tenant has `most`
   * projects, P2002 when the slug is taken.
   */
  create: (
    permit: Writes,
    data: { id: string; name: string; slug: string; color?: string },
    most: number,
  ) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        await lockedTenant(tx, tenantId)
        if ((await tx.project.count({ where: { tenantId, ...seen } })) >= most)
          throw new LimitError(`A tenant has at most ${most} projects.`)
        const result = await tx.project.create({ data: { ...data, tenantId } })
        const projectId = result.id
        await tx.environment.createMany({
          data: defaultEnvironments.map((each) => ({ ...each, id: uuidv7(), tenantId, projectId })),
        })
        return { result, audit: { as: 'createProject', of: ['Project', projectId], after: audited(result) } }
      },
      (tx, id) => tx.project.findFirst({ where: { tenantId, id, ...seen } }),
    )
  },

  /** Throws P2002 when the slug is taken. */
  update: (permit: Writes, id: string, data: ProjectFields) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const before = await lockedProject(tx, tenantId, id)
      if (!before) return null
      const result = await tx.project.update({ where: { tenantId_id: { tenantId, id } }, data })
      const fields = changed(audited(before), audited(result))
      return { result, audit: { as: 'updateProject', of: ['Project', id], ...fields } }
    }),

  /** Its rows stay. */
  markDeleted: (permit: Writes, id: string, at: Date) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await lockedProject(tx, tenantId, id)
      if (!found) return null
      const result = await tx.project.update({
        where: { tenantId_id: { tenantId, id } },
        data: { deletedAt: at, isActive: false },
      })
      const fields = { before: { ...audited(found), deletedAt: null }, after: { deletedAt: at } }
      return { result, audit: { as: 'deleteProject', of: ['Project', id], ...fields } }
    }),

  /**
   * The project's row is locked, so that it is not deleted meanwhile and two at once don't exceed the bound.
   * Throws LimitError when it has `most` environments, P2002 when the slug is taken.
   */
  addEnvironment: (
    permit: Writes,
    data: Omit<Prisma.EnvironmentUncheckedCreateInput, 'tenantId'>,
    most: number,
  ) => {
    const tenantId = permit.tenant
    const { projectId } = data
    return changes(
      permit,
      async (tx) => {
        if (!(await lockedProject(tx, tenantId, projectId))) return null
        if ((await tx.environment.count({ where: { tenantId, projectId } })) >= most)
          throw new LimitError(`A project has at most ${most} environments.`)
        const result = await tx.environment.create({ data: { ...data, tenantId } })
        const after = { ...audited(result), projectId }
        return { result, audit: { as: 'createEnvironment', of: ['Environment', result.id], after } }
      },
      (tx, id) => tx.environment.findFirst({ where: { tenantId, id, project: { is: seen } } }),
    )
  },

  /** Throws P2002 when the slug is taken. */
  updateEnvironment: (permit: Writes, id: string, data: EnvironmentFields) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const before = await lockedEnvironment(tx, tenantId, id)
      if (!before) return null
      const result = await tx.environment.update({ where: { tenantId_id: { tenantId, id } }, data })
      const fields = changed(audited(before), audited(result))
      return { result, audit: { as: 'updateEnvironment', of: ['Environment', id], ...fields } }
    }),

  removeEnvironment: (permit: Writes, id: string) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const result = await lockedEnvironment(tx, tenantId, id)
      if (!result) return null
      await tx.environment.delete({ where: { tenantId_id: { tenantId, id } } })
      const before = { ...audited(result), projectId: result.projectId }
      return { result, audit: { as: 'deleteEnvironment', of: ['Environment', id], before } }
    }),
})

export type ProjectStore = ReturnType<typeof createProjectStore>
