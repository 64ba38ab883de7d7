import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Permit } from '../../auth/permit.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { changed } from '../audit/audit.append.ts'
import type { Core } from '../core.ts'

export type ServiceRow = Prisma.ServiceGetPayload<object>
export type ServiceFields = Partial<
  Pick<ServiceRow, 'name' | 'plane' | 'defaultPort' | 'healthPath' | 'description'>
>
type Writer = Permit<'infrastructure:write'>

const audited = ({ name, plane, defaultPort, healthPath, description }: ServiceRow) => ({
  name,
  plane,
  defaultPort,
  healthPath,
  description,
})

/** Only this file writes services. */
export const createServiceStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'service'),

  /** Throws Prisma's P2002 when the slug is taken. */
  create: (permit: Writer, data: Omit<Prisma.ServiceUncheckedCreateInput, 'tenantId'>) => {
    const tenantId = permit.tenant
    return changes(
      permit,
      async (tx) => {
        const result = await tx.service.create({ data: { ...data, tenantId } })
        const after = { slug: result.slug, ...audited(result) }
        return { result, audit: { as: 'createService', of: ['Service', result.id], after } }
      },
      (tx, id) => tx.service.findFirst({ where: { tenantId, id } }),
    )
  },

  /** Its instances follow its plane. Null when there is no such service. */
  update: (permit: Writer, id: string, data: ServiceFields) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      await tx.$queryRaw`SELECT 1 FROM services WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`
      const found = await tx.service.findFirst({ where: { tenantId, id } })
      if (!found) return null
      const result = await tx.service.update({ where: { tenantId_id: { tenantId, id } }, data })
      const { plane } = result
      if (plane !== found.plane)
        await tx.serviceInstance.updateMany({ where: { tenantId, serviceId: id }, data: { plane } })
      const fields = changed(audited(found), audited(result))
      return { result, audit: { as: 'updateService', of: ['Service', id], ...fields } }
    }),

  /** What clusters wish of it goes too. Null when there is no such service. Throws Prisma's P2003 while it has instances. */
  remove: (permit: Writer, id: string) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await tx.service.findFirst({ where: { tenantId, id } })
      if (!found) return null
      await tx.service.delete({ where: { tenantId_id: { tenantId, id } } })
      const before = { slug: found.slug, ...audited(found) }
      return { result: found, audit: { as: 'deleteService', of: ['Service', id], before } }
    }),
})

export type ServiceStore = ReturnType<typeof createServiceStore>
