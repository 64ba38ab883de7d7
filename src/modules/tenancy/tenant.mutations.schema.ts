import { builder } from '../../graphql/builder.ts'
import { permitOf, tenantOf, userOf } from '../../graphql/context.ts'
import { problems } from '../../graphql/problems.ts'
import { NotFoundError } from '../../platform/problems.ts'
import { TenantMembership } from './membership.schema.ts'
import { Tenant } from './tenant.schema.ts'

const DeletedTenant = builder.objectRef<{ slug: string }>('DeletedTenant').implement({
  description: 'A tenant that nobody gets into any more.',
  fields: (t) => ({ slug: t.exposeString('slug', { description: 'Its slug, which stays taken.' }) }),
})

builder.mutationFields((t) => ({
  createTenant: t.field({
    type: TenantMembership,
    errors: { types: problems },
    description:
      'Makes a tenant that you own, with a first project and its environments; go there with switchTenant. Needs a sign-in.',
    authScopes: { action: 'tenant:create' },
    args: {
      name: t.arg.string({ required: true, description: 'Name for people; 1 to 200 characters.' }),
      slug: t.arg.string({ required: true, description: 'Name in addresses; unique on this platform.' }),
    },
    resolve: async (_root, { name, slug }, context) => {
      const { service } = context.modules.tenants
      const tenant = await service.create({ name, slug, ownerId: userOf(context).id }, context.actor)
      const made = await service.membershipsOf(userOf(context).id)
      return made.find((each) => each.tenant === tenant)!
    },
  }),

  updateTenant: t.prismaField({
    type: Tenant,
    errors: { types: problems },
    description: 'Renames the tenant. Needs the role admin.',
    authScopes: { action: 'tenant:write' },
    args: { name: t.arg.string({ required: true, description: 'Name for people; 1 to 200 characters.' }) },
    resolve: async (query, _root, { name }, context) => {
      const { service, store } = context.modules.tenants
      await service.rename(permitOf(context, 'tenant:write'), { name })
      const tenant = await store.find(tenantOf(context), query)
      if (!tenant) throw new NotFoundError('There is no such tenant any more.')
      return tenant
    },
  }),

  deleteTenant: t.field({
    type: DeletedTenant,
    errors: { types: problems },
    description:
      'Closes the tenant to everybody and every key, at once. Its data stay until they expire. Needs the role owner.',
    authScopes: { action: 'tenant:own' },
    args: {
      slug: t.arg.string({ required: true, description: 'Its slug, again, so that it is the right one.' }),
    },
    resolve: async (_root, { slug }, context) => {
      const { modules } = context
      await modules.tenants.service.remove(
        permitOf(context, 'tenant:own'),
        slug,
        new Date(modules.clock.now()),
      )
      return { slug }
    },
  }),
}))
