import { TenantPlan as plans } from '../../../generated/prisma/enums.ts'
import { projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf, type Context } from '../../graphql/context.ts'

/** Nothing, or the id of the one project that the credential is for. */
export const ownProject = ({ viewer }: Context): { id?: string } => {
  const id = projectOf(viewer)
  return id === undefined ? {} : { id }
}

export const Environment = builder.prismaNode('Environment', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({
    tenantId_id: { tenantId: tenantOf(context), id },
    project: { is: { deletedAt: null, AND: ownProject(context) } },
  }),
  description: 'A place where a project runs, such as production.',
  authScopes: { action: 'tenant:read' },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    slug: t.exposeString('slug', { description: 'Name in addresses; unique in the project.' }),
    color: t.exposeString('color', { description: 'Color in charts, as #rrggbb.' }),
    retentionDays: t.exposeInt('retentionDays', {
      description: 'Number of days for which its telemetry is needed.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

export const Project = builder.prismaNode('Project', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({
    tenantId_id: { tenantId: tenantOf(context), id },
    deletedAt: null,
    AND: ownProject(context),
  }),
  description: 'A product or service of a tenant.',
  authScopes: { action: 'tenant:read' },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    slug: t.exposeString('slug', { description: 'Name in addresses; unique in the tenant.' }),
    color: t.exposeString('color', { description: 'Color in charts, as #rrggbb.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

const TenantPlan = builder.enumType('TenantPlan', {
  description: 'Plan that a tenant has subscribed to.',
  values: {
    FREE: { description: 'The free plan.', value: plans.FREE },
    PRO: { description: 'The paid plan.', value: plans.PRO },
    ENTERPRISE: { description: 'A plan by contract.', value: plans.ENTERPRISE },
  },
})

export const Tenant = builder.prismaNode('Tenant', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({ id, deletedAt: null, AND: { id: tenantOf(context) } }),
  description: 'A customer of the platform: the root of everything that is owned.',
  authScopes: { action: 'tenant:read' },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    slug: t.exposeString('slug', { description: 'Name in addresses; unique on this platform.' }),
    plan: t.expose('plan', { type: TenantPlan, description: 'Plan that the tenant has subscribed to.' }),
  }),
})

builder.queryField('tenant', (t) =>
  t.prismaField({
    type: Tenant,
    description: 'The tenant of the credential. Needs the scope `read`.',
    authScopes: { action: 'tenant:read' },
    nullable: true,
    resolve: (query, _root, _args, context) => context.modules.tenants.reads.find(tenantOf(context), query),
  }),
)
