import { builder } from '../../graphql/builder.ts'
import { encodeGlobalID } from '../../graphql/global-id.ts'

export type PublicUser = { readonly id: string; readonly email: string; readonly name: string }

export const User = builder.objectRef<PublicUser>('User').implement({
  description: 'Somebody with an account.',
  fields: (t) => ({
    id: t.id({ description: 'Global id.', resolve: ({ id }) => encodeGlobalID('User', id) }),
    email: t.exposeString('email', { description: 'The e-mail that the account is named by.' }),
    name: t.exposeString('name', { description: 'Name for people.' }),
  }),
})
