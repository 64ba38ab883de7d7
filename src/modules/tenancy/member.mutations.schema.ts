import { userActorOf } from '../../graphql/context.ts'
import { accountMutation, deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { Member } from './member.schema.ts'
import { Role } from './membership.schema.ts'

mutation('changeMemberRole', {
  action: 'member:write',
  description: "Changes a member's role; only owners make and unmake owners.",
  input: (t) => ({
    id: idOf(t, 'Member'),
    role: t.field({ type: Role, required: true, description: "New role; not above the caller's own." }),
  }),
  run: (permit, { id, role }, { members }) => members.service.changeRole(permit, id, role),
  payload: only('member', Member, 'The member.'),
})

mutation('removeMember', {
  action: 'member:write',
  description: 'Removes a member from the tenant; access ends within seconds, on open connections too.',
  input: (t) => ({ id: idOf(t, 'Member') }),
  run: (permit, { id }, { members }) => members.service.remove(permit, id),
  payload: deleted('Member'),
})

mutation('transferOwnership', {
  action: 'tenant:own',
  description: 'Makes another member an owner, and the caller an admin.',
  input: (t) => ({ id: idOf(t, 'Member') }),
  run: (permit, { id }, { members }) => members.service.transferOwnership(permit, id),
  payload: only('member', Member, 'The new owner.'),
})

accountMutation('leaveTenant', {
  action: 'account:write',
  description: 'Ends the membership of the caller in a tenant; the last owner cannot leave.',
  input: (t) => ({ slug: t.string({ required: true, description: 'Slug of the tenant.' }) }),
  run: ({ slug }, { members }, context) => members.service.leave(userActorOf(context), slug),
  payload: deleted('Member'),
})
