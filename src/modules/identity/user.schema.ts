import { builder } from '../../graphql/builder.ts'
import type { PublicAccount } from './account.store.ts'

// Who signs in is shown themselves while the request has no credential: so who may see an account is asked on
// the road by id.
export const User = builder.node(builder.objectRef<PublicAccount>('User'), {
  id: { resolve: ({ id }) => id },
  description: 'An account of a person. People see their own and those of the members of their tenant.',
  loadMany: (ids: string[], { viewer, modules }) => modules.accounts.service.visibleTo(viewer, ids),
  fields: (t) => ({
    email: t.exposeString('email', { description: 'E-mail that the account is named by.' }),
    name: t.exposeString('name', { description: 'Name for people.' }),
  }),
})
