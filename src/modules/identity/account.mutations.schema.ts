import { builder } from '../../graphql/builder.ts'
import { userOf } from '../../graphql/context.ts'
import { credentialProblems } from '../../graphql/problems.ts'
import { User } from './user.schema.ts'

const SignedUp = builder.objectRef<{ email: string }>('SignedUp').implement({
  description:
    'Sign in now. The answer is the same when the e-mail had an account, which stays as it was: then that sign-in fails, and so tells that it had one.',
  fields: (t) => ({
    email: t.exposeString('email', { description: 'The e-mail as accounts are named by it.' }),
  }),
})

builder.mutationFields((t) => ({
  signUp: t.field({
    type: SignedUp,
    errors: { types: credentialProblems },
    extensions: { open: 'Makes the account that somebody will sign in with.' },
    description: 'Makes an account. Needs no credential.',
    args: {
      email: t.arg.string({ required: true, description: 'E-mail that the account is named by.' }),
      password: t.arg.string({
        required: true,
        description: '8 to 256 characters, none of the usual ones.',
      }),
      name: t.arg.string({ required: true, description: 'Name for people; 1 to 200 characters.' }),
    },
    resolve: (_root, args, context) => context.modules.accounts.service.signUp(args, context.actor),
  }),

  changePassword: t.field({
    type: User,
    errors: { types: credentialProblems },
    description: 'Sets another password and ends your other sessions. Needs a sign-in.',
    authScopes: { action: 'account:write' },
    args: {
      oldPassword: t.arg.string({ required: true, description: 'The password until now.' }),
      newPassword: t.arg.string({
        required: true,
        description: '8 to 256 characters, none of the usual ones.',
      }),
    },
    resolve: async (_root, args, context) => {
      const user = userOf(context)
      await context.modules.accounts.service.changePassword(user, context.actor, args)
      return user
    },
  }),
}))
