import { userActorOf, userOf } from '../../graphql/context.ts'
import { accountMutation, deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { Invitation } from './invitation.schema.ts'
import { Role, TenantMembership } from './membership.schema.ts'

mutation('inviteMember', {
  action: 'member:write',
  creates: true,
  secret: true,
  description: 'Creates an invitation, and withdraws an earlier one to the same e-mail.',
  input: (t) => ({
    email: t.string({ required: true, description: 'E-mail of the account that may accept it.' }),
    role: t.field({ type: Role, required: true, description: "Role to grant; not above the caller's own." }),
  }),
  run: (permit, input, { invitations }) => invitations.service.invite(permit, input),
  payload: (t) => ({
    invitation: t.field({
      type: Invitation,
      description: 'The new invitation.',
      resolve: ({ invitation }) => invitation,
    }),
    token: t.exposeString('token', {
      nullable: true,
      description:
        'Token for `acceptInvitation`, shown only here and only once; null when the request repeats an earlier one.',
    }),
  }),
})

mutation('withdrawInvitation', {
  action: 'member:write',
  description: 'Withdraws an invitation; its token stops working.',
  input: (t) => ({ id: idOf(t, 'Invitation') }),
  run: (permit, { id }, { invitations }) => invitations.service.withdraw(permit, id),
  payload: deleted('Invitation'),
})

accountMutation('acceptInvitation', {
  action: 'account:write',
  description:
    'Makes the caller, signed in with the invited e-mail, a member; `switchTenant` acts in the tenant.',
  input: (t) => ({ token: t.string({ required: true, description: 'Token of the invitation.' }) }),
  run: ({ token }, { invitations }, context) =>
    invitations.service.accept(userActorOf(context), userOf(context).email, token),
  payload: only('membership', TenantMembership, 'The new membership.'),
})
