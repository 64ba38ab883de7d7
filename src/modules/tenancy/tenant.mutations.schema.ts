import { userActorOf } from '../../graphql/context.ts'
import { accountMutation, deleted, mutation, only } from '../../graphql/mutation.ts'
import { TenantMembership } from './membership.schema.ts'
import { Tenant } from './tenant.schema.ts'

const NAME = 'Name for people (1-200 characters).'

accountMutation('createTenant', {
  action: 'tenant:create',
  description:
    'Creates a tenant that the caller owns, with a first project and its environments; `switchTenant` acts in it.',
  input: (t) => ({
    name: t.string({ required: true, description: NAME }),
    slug: t.string({
      required: true,
      description: 'Name in addresses: 1-63 lower-case letters, digits and dashes; unique on this platform.',
    }),
  }),
  run: (input, { tenants }, context) => tenants.service.createOwned(userActorOf(context), input),
  payload: only('membership', TenantMembership, 'Membership of the caller in the new tenant.'),
})

mutation('updateTenant', {
  action: 'tenant:write',
  description: 'Renames the tenant.',
  input: (t) => ({ name: t.string({ required: true, description: NAME }) }),
  run: (permit, input, { tenants }) => tenants.service.rename(permit, input),
  payload: only('tenant', Tenant, 'The tenant.'),
})

mutation('deleteTenant', {
  action: 'tenant:own',
  description: 'Closes the tenant to all members and keys at once; its data stay until they expire.',
  input: (t) => ({
    slug: t.string({ required: true, description: 'Slug of the tenant, repeated as a confirmation.' }),
  }),
  run: (permit, { slug }, { tenants }) => tenants.service.remove(permit, slug),
  payload: deleted('Tenant'),
})
