import { userOf } from '../../graphql/context.ts'
import { accountMutation, only } from '../../graphql/mutation.ts'
import { User } from './user.schema.ts'

const password = 'Password (8-256 characters, not a common one).'

accountMutation('signUp', {
  open: 'Creates the account that somebody will sign in with.',
  proves: true,
  description:
    'Creates an account. The answer is the same for an e-mail that has one, which stays as it was: signing in then fails.',
  input: (t) => ({
    email: t.string({ required: true, description: 'E-mail that the account is named by.' }),
    password: t.string({ required: true, description: password }),
    name: t.string({ required: true, description: 'Name for people (1-200 characters).' }),
  }),
  run: (input, { accounts }, { actor }) => accounts.service.signUp(input, actor),
  payload: (t) => ({
    email: t.exposeString('email', { description: 'E-mail to sign in with, in lower case.' }),
  }),
})

accountMutation('changePassword', {
  action: 'account:write',
  proves: true,
  description: 'Changes the password of the caller and ends all other sessions.',
  input: (t) => ({
    oldPassword: t.string({ required: true, description: 'Password until now.' }),
    newPassword: t.string({ required: true, description: password }),
  }),
  run: (input, { accounts }, context) =>
    accounts.service.changePassword(userOf(context), context.actor, input),
  payload: only('user', User, 'Account of the caller.'),
})
