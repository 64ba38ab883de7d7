import { roles, type Role } from '../../auth/actions.ts'
import type { UserActor } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { ConflictError, ForbiddenError, NotFoundError } from '../../platform/problems.ts'
import type { Member, MembersLocked, MemberStore } from './member.store.ts'

const noSuchMember = () => new NotFoundError('The tenant has no such member.', ['userId'])
const lastOwner = () =>
  new ConflictError('A tenant is never without an owner. Make somebody else an owner first.')

/** Whether somebody of that role may deal with somebody of the other: nobody reaches above their own. */
export const reaches = (role: Role, other: Role): boolean => roles.indexOf(role) <= roles.indexOf(other)

/** Does it under the tenant's lock, with the role that the actor has at that moment. Throws NotFoundError, ForbiddenError. */
export const asAdmin = async <T>(
  store: MemberStore,
  { tenant, actor }: Permit<'member:write'> | Permit<'tenant:own'>,
  work: (members: MembersLocked, role: Role, me: string) => Promise<T>,
): Promise<T> => {
  const result = await store.locked(tenant, async (members) => {
    const { id: me } = actor
    const role = me === null ? undefined : await members.roleOf(me)
    if (me === null || role === undefined)
      throw new ForbiddenError('Only a member of the tenant may do that.')
    if (role !== 'OWNER' && role !== 'ADMIN')
      throw new ForbiddenError('Only owners and admins of the tenant may do that.')
    return { value: await work(members, role, me) }
  })
  if (!result) throw new NotFoundError('There is no such tenant any more.')
  return result.value
}

/**
 * After a change: somebody must be left who can do what only an owner can. Who was switched off can't, so one who is on may
 * still go over them.
 */
const assertOwned = async (members: MembersLocked, before: Role): Promise<void> => {
  if (before === 'OWNER' && (await members.owners()) === 0) throw lastOwner()
}

/** A member after a change, as it stands in the transaction. */
const shown = async (members: MembersLocked, userId: string): Promise<Member> => {
  const member = await members.find(userId)
  if (!member) throw noSuchMember()
  return member
}

/** The member's role, when the actor may deal with it. */
const withinReach = async (members: MembersLocked, role: Role, userId: string): Promise<Role> => {
  const theirs = await members.roleOf(userId)
  if (!theirs) throw noSuchMember()
  if (!reaches(role, theirs)) throw new ForbiddenError('Only an owner may do that to an owner.', ['userId'])
  return theirs
}

const about = (userId: string) => ({ resourceType: 'User', resourceId: userId })

/** Rules of who is a member of a tenant and what they are there. `userId` is an account. */
export const createMemberService = ({ store, clock }: { store: MemberStore; clock: Clock }) => {
  const now = () => new Date(clock.now())

  return {
    list: store.list,

    /** Throws NotFoundError, ForbiddenError, ConflictError (the last owner). */
    changeRole: (by: Permit<'member:write'>, userId: string, next: Role): Promise<Member> =>
      asAdmin(store, by, async (members, role) => {
        const theirs = await withinReach(members, role, userId)
        if (!reaches(role, next)) throw new ForbiddenError('Only an owner may make an owner.', ['role'])
        if (theirs !== next) {
          if (!reaches(next, theirs)) await members.withdrawInvitationsOf(userId)
          await members.setRole(userId, next, now())
          await assertOwned(members, theirs)
        }
        const member = await shown(members, userId)
        const roles = { before: { role: theirs }, after: { role: next } }
        await members.audit({ actor: by.actor, action: 'changeMemberRole', ...about(userId), ...roles })
        return member
      }),

    /** Throws NotFoundError, ForbiddenError, ConflictError (the last owner). */
    remove: (by: Permit<'member:write'>, userId: string): Promise<void> =>
      asAdmin(store, by, async (members, role) => {
        const theirs = await withinReach(members, role, userId)
        await members.remove(userId)
        await assertOwned(members, theirs)
        const before = { role: theirs }
        await members.audit({ actor: by.actor, action: 'removeMember', ...about(userId), before })
      }),

    /** Whoever is a member may go, but not the last owner. Throws NotFoundError, ConflictError. */
    leave: async (tenant: TenantId, actor: UserActor): Promise<void> => {
      const left = await store.locked(tenant, async (members) => {
        const role = await members.roleOf(actor.id)
        if (!role) return false
        await members.remove(actor.id)
        await assertOwned(members, role)
        await members.audit({ actor, action: 'leaveTenant', ...about(actor.id), before: { role } })
        return true
      })
      if (!left) throw new NotFoundError('You are not a member of such a tenant.', ['slug'])
    },

    /** The actor is an admin afterwards, the other one an owner. Throws NotFoundError, ForbiddenError, ConflictError. */
    transferOwnership: (by: Permit<'tenant:own'>, userId: string): Promise<Member> =>
      asAdmin(store, by, async (members, role, me) => {
        if (role !== 'OWNER') throw new ForbiddenError('Only an owner can hand the tenant over.')
        const theirs = await members.roleOf(userId)
        if (!theirs) throw noSuchMember()
        if (userId === me) throw new ConflictError('You own it already. Name another member.', ['userId'])
        await members.withdrawInvitationsOf(me) // they may be to owners, whom an admin can't make
        await members.setRole(userId, 'OWNER', now())
        await members.setRole(me, 'ADMIN', now())
        await assertOwned(members, role)
        const member = await shown(members, userId)
        const roles = { before: { role: theirs, mine: role }, after: { role: 'OWNER', mine: 'ADMIN' } }
        await members.audit({ actor: by.actor, action: 'transferOwnership', ...about(userId), ...roles })
        return member
      }),
  }
}
