import { roles, type Role as RoleName } from '../../auth/actions.ts'
import { roleOpens } from '../../auth/powers.ts'
import { builder } from '../../graphql/builder.ts'
import { defineList } from '../../graphql/list.ts'
import type { ShownMembership } from './membership.ts'

export const Role = builder.enumType('Role', {
  description: 'Role of a member in a tenant. To change is to create and to delete, too.',
  values: Object.fromEntries(
    roles.map((role) => [role, { value: role, description: roleOpens[role] }]),
  ) as Record<string, { value: RoleName; description: string }>,
})

export const TenantMembership = builder.node(builder.objectRef<ShownMembership>('TenantMembership'), {
  // A caller has one in a tenant: it goes by the tenant's id.
  id: { resolve: ({ tenant }) => tenant },
  loadMany: (ids: string[], { viewer, modules }) => modules.memberships.service.own(viewer, ids),
  description: 'Membership of the caller in a tenant.',
  fields: (t) => ({
    slug: t.exposeString('slug', { description: 'Slug of the tenant, for `switchTenant`.' }),
    name: t.exposeString('name', { description: 'Name of the tenant.' }),
    role: t.expose('role', { type: Role, description: 'Role of the caller in the tenant.' }),
  }),
})

export const Memberships = defineList({
  model: 'Membership',
  of: TenantMembership,
  items: 'memberships',
  filter: (is) => ({
    role: is.oneOf(Role, 'Role of the caller.'),
    createdAt: is.time('Start of the membership.'),
  }),
  order: { CREATED_AT: { by: 'createdAt', description: 'Start of the membership.' } },
  first: ['CREATED_AT', 'ASC'],
})
