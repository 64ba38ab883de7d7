import { builder } from '../../graphql/builder.ts'
import { permitOf, tenantOf, userActorOf, userOf } from '../../graphql/context.ts'
import { decodeGlobalID, encodeGlobalID } from '../../graphql/global-id.ts'
import { problems } from '../../graphql/problems.ts'
import { NotFoundError } from '../../platform/problems.ts'
import { User } from '../identity/user.schema.ts'
import type { Invitation as InvitationShape } from './invitation.store.ts'
import type { Member as MemberShape } from './member.store.ts'
import { Role, TenantMembership } from './membership.schema.ts'

const Member = builder.objectRef<MemberShape>('Member').implement({
  description: 'Somebody who is a member of the tenant.',
  fields: (t) => ({
    user: t.field({
      type: User,
      description: 'Who.',
      resolve: ({ userId, email, name }) => ({ id: userId, email, name }),
    }),
    role: t.expose('role', { type: Role, description: 'What they are here.' }),
    joinedAt: t.expose('joinedAt', { type: 'DateTime', nullable: true, description: 'Since when.' }),
  }),
})

const Invitation = builder.objectRef<InvitationShape>('Invitation').implement({
  description: 'Somebody who may become a member.',
  fields: (t) => ({
    id: t.id({ description: 'Global id.', resolve: ({ id }) => encodeGlobalID('Invitation', id) }),
    email: t.exposeString('email', { description: 'Who is invited: an account of this e-mail.' }),
    role: t.expose('role', { type: Role, description: 'What they will be.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was sent.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it stops working.' }),
  }),
})

const InvitationWithToken = builder
  .objectRef<{ invitation: InvitationShape; token: string }>('InvitationWithToken')
  .implement({
    description: 'An invitation and its token.',
    fields: (t) => ({
      invitation: t.expose('invitation', { type: Invitation, description: 'The invitation.' }),
      token: t.exposeString('token', {
        description:
          'For acceptInvitation. It is shown here, once, and never again: hand it to whom you invite.',
      }),
    }),
  })

const Done = builder.objectRef<{ id: string }>('Removed').implement({
  description: 'Something that is no more.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'Its global id, as it was given.' }) }),
})

const idOf = (type: 'User' | 'Invitation', globalId: string, argument: string): string => {
  const { typename, id } = decodeGlobalID(globalId)
  if (typename === type) return id
  throw new NotFoundError(`That is not the id of ${type === 'User' ? 'a user' : 'an invitation'}.`, [
    argument,
  ])
}

builder.queryFields((t) => ({
  members: t.field({
    type: [Member],
    description: 'The members of the tenant, the oldest first; at most 1,000. Needs a sign-in.',
    extensions: { cost: { small: true, items: 1_000 } },
    authScopes: { action: 'member:read' },
    resolve: (_root, _args, context) => context.modules.members.service.list(tenantOf(context)),
  }),
  invitations: t.field({
    type: [Invitation],
    description:
      'Invitations that nobody has accepted yet, the newest first; at most 100. Needs the role admin.',
    extensions: { cost: { small: true, items: 100 } },
    authScopes: { action: 'member:write' },
    resolve: (_root, _args, context) => context.modules.invitations.service.list(tenantOf(context)),
  }),
}))

builder.mutationFields((t) => {
  const userId = t.arg.id({ required: true, description: 'Which user, by their global id.' })
  return {
    inviteMember: t.field({
      type: InvitationWithToken,
      errors: { types: problems },
      description: 'Makes an invitation in the place of an earlier one. Needs the role admin.',
      authScopes: { action: 'member:write' },
      args: {
        email: t.arg.string({ required: true, description: 'Who is invited.' }),
        role: t.arg({ type: Role, required: true, description: 'What they will be; yours at most.' }),
      },
      resolve: (_root, args, context) =>
        context.modules.invitations.service.invite(permitOf(context, 'member:write'), args),
    }),

    withdrawInvitation: t.field({
      type: Done,
      errors: { types: problems },
      description: 'Its token stops working. Needs the role admin.',
      authScopes: { action: 'member:write' },
      args: { id: t.arg.id({ required: true, description: 'Which invitation.' }) },
      resolve: async (_root, { id }, context) => {
        await context.modules.invitations.service.withdraw(
          permitOf(context, 'member:write'),
          idOf('Invitation', id, 'id'),
        )
        return { id }
      },
    }),

    acceptInvitation: t.field({
      type: TenantMembership,
      errors: { types: problems },
      description: 'Makes you a member; go there with switchTenant. Needs a sign-in with the invited e-mail.',
      authScopes: { action: 'account:write' },
      args: { token: t.arg.string({ required: true, description: 'The token of the invitation.' }) },
      resolve: (_root, { token }, context) =>
        context.modules.invitations.service.accept(userActorOf(context), userOf(context).email, token),
    }),

    changeMemberRole: t.field({
      type: Member,
      errors: { types: problems },
      description: 'Makes a member something else. Needs the role admin; only owners make and unmake owners.',
      authScopes: { action: 'member:write' },
      args: { userId, role: t.arg({ type: Role, required: true, description: 'What they will be.' }) },
      resolve: (_root, { userId, role }, context) =>
        context.modules.members.service.changeRole(
          permitOf(context, 'member:write'),
          idOf('User', userId, 'userId'),
          role,
        ),
    }),

    removeMember: t.field({
      type: Done,
      errors: { types: problems },
      description: 'They are out within seconds, also on open sockets. Needs the role admin.',
      authScopes: { action: 'member:write' },
      args: { userId },
      resolve: async (_root, { userId }, context) => {
        const id = idOf('User', userId, 'userId')
        await context.modules.members.service.remove(permitOf(context, 'member:write'), id)
        return { id: userId }
      },
    }),

    leaveTenant: t.field({
      type: Done,
      errors: { types: problems },
      description: 'You are a member of it no more. The last owner can not leave. Needs a sign-in.',
      authScopes: { action: 'account:write' },
      args: { slug: t.arg.string({ required: true, description: 'Slug of the tenant.' }) },
      resolve: async (_root, { slug }, context) => {
        const user = userActorOf(context)
        const memberships = await context.modules.tenants.service.membershipsOf(user.id)
        const membership = memberships.find((each) => each.slug === slug)
        if (!membership) throw new NotFoundError('You are not a member of such a tenant.', ['slug'])
        await context.modules.members.service.leave(membership.tenant, user)
        return { id: encodeGlobalID('Tenant', membership.tenant) }
      },
    }),

    transferOwnership: t.field({
      type: Member,
      errors: { types: problems },
      description: 'Makes another member an owner and you an admin. Needs the role owner.',
      authScopes: { action: 'tenant:own' },
      args: { userId },
      resolve: (_root, { userId }, context) =>
        context.modules.members.service.transferOwnership(
          permitOf(context, 'tenant:own'),
          idOf('User', userId, 'userId'),
        ),
    }),
  }
})
