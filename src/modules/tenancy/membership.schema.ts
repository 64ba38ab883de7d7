import { roles, type Role as RoleName } from '../../auth/actions.ts'
import { builder } from '../../graphql/builder.ts'
import { defineList } from '../../graphql/list.ts'
import type { ShownMembership } from './membership.ts'

/** What the roles open, in words; `auth/actions.ts` has the whole table. */
const opens: Record<RoleName, string> = {
  OWNER: 'May do everything, including deleting the tenant and appointing owners.',
  ADMIN: 'May do everything except what only owners may.',
  MEMBER: 'Reads what viewers read, and changes streams and incidents.',
  VIEWER:
    'Reads everything except invitations, API keys, bootstrap tokens, access of others to clusters and the audit log.',
}

export const Role = builder.enumType('Role', {
  description: 'Role of a member in a tenant.',
  values: Object.fromEntries(
    roles.map((role) => [role, { value: role, description: opens[role] }]),
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
