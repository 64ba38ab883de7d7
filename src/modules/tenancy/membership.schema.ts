import { roles } from '../../auth/actions.ts'
import { builder } from '../../graphql/builder.ts'
import type { OwnMembership } from './membership.ts'

const can = {
  OWNER: 'Everything, also deleting the tenant and making owners.',
  ADMIN: 'Everything but what only owners do.',
  MEMBER: 'Reads everything, and changes streams and incidents.',
  VIEWER: 'Reads everything.',
}

export const Role = builder.enumType('Role', {
  description: 'What a member of a tenant is.',
  values: Object.fromEntries(roles.map((role) => [role, { value: role, description: can[role] }])) as Record<
    string,
    { value: (typeof roles)[number]; description: string }
  >,
})

export const TenantMembership = builder.objectRef<OwnMembership>('TenantMembership').implement({
  description: 'Where you are a member, and what you are there.',
  fields: (t) => ({
    slug: t.exposeString('slug', { description: 'Slug of the tenant; what switchTenant wants.' }),
    name: t.exposeString('name', { description: 'Name of the tenant.' }),
    role: t.expose('role', { type: Role, description: 'What you are there.' }),
  }),
})
