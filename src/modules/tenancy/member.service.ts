import { roles, type Role } from '../../auth/actions.ts'
import type { UserActor } from '../../auth/actor.ts'
import { accountPermit, type Permit } from '../../auth/permit.ts'
import { ConflictError, ForbiddenError, LimitError, NotFoundError } from '../../platform/problems.ts'
import type { Change } from '../audit/audit.change.ts'
import type { Again, Member, MembersLocked, MemberStore } from './member.store.ts'
import { MAX_OWNED, type MembershipsOf } from './membership.ts'

const noSuchMember = () => new NotFoundError('There is no member with this id.', ['id'])
const notAMember = () => new NotFoundError('You are not a member of such a tenant.', ['slug'])
const lastOwner = () =>
  new ConflictError('A tenant is never without an owner. Make somebody else an owner first.')

/** Whether somebody of that role may deal with somebody of the other: nobody reaches above their own. */
export const reaches = (role: Role, other: Role): boolean => roles.indexOf(role) <= roles.indexOf(other)

/**
 * Does it under the tenant's lock, with the role that the actor has at that moment. Throws NotFoundError,
 * ForbiddenError.
 */
export const asAdmin = async <T>(
  store: MemberStore,
  permit: Permit<'member:write'> | Permit<'tenant:own'>,
  work: (members: MembersLocked, role: Role, me: string) => Promise<Change<T>>,
  again?: Again<T>,
): Promise<T> => {
  const result = await store.locked<'member:write' | 'tenant:own', T>(
    permit as Permit<'member:write' | 'tenant:own'>,
    async (members) => {
      const { id: me } = permit.actor
      const role = me === null ? undefined : await members.roleOf(me)
      if (me === null || role === undefined)
        throw new ForbiddenError('Only a member of the tenant may do that.')
      if (role !== 'OWNER' && role !== 'ADMIN')
        throw new ForbiddenError('Only owners and admins of the tenant may do that.')
      return work(members, role, me)
    },
    again,
  )
  if (result === null) throw new NotFoundError('There is no such tenant any more.')
  return result
}

/**
 * After a change: somebody must be left who can do what only an owner can. Who was switched off can't, so one
 * who is on may still go over them.
 */
const assertOwned = async (members: MembersLocked, before: Role): Promise<void> => {
  if (before === 'OWNER' && (await members.owners()) === 0) throw lastOwner()
}

/** Throws LimitError for an account that owns so many tenants already. */
export const assertOwnsMore = (owned: number): void => {
  if (owned >= MAX_OWNED)
    throw new LimitError(`An account may own ${MAX_OWNED} tenants at most, deleted ones included.`)
}

/** The member, when the actor may deal with it. */
const withinReach = async (members: MembersLocked, role: Role, id: string): Promise<Member> => {
  const member = await members.find(id)
  if (!member) throw noSuchMember()
  if (!reaches(role, member.role)) throw new ForbiddenError('Only an owner may do that to an owner.', ['id'])
  return member
}

/** The audit log names the account: a membership is gone with its end, and would name nobody. */
const about = ({ userId }: Member) => ['User', userId] as const

/** Rules of who is a member of a tenant and what they are there. */
export const createMemberService = (deps: { store: MemberStore; membershipsOf: MembershipsOf }) => {
  const { store, membershipsOf } = deps
  return {
    /** Throws NotFoundError, ForbiddenError, ConflictError (the last owner). */
    changeRole: (by: Permit<'member:write'>, id: string, next: Role): Promise<Member> =>
      asAdmin(store, by, async (members, role) => {
        let member = await withinReach(members, role, id)
        const { role: theirs } = member
        if (!reaches(role, next)) throw new ForbiddenError('Only an owner may make an owner.', ['role'])
        if (theirs !== next) {
          if (next === 'OWNER') assertOwnsMore(await members.owned(member.userId))
          if (!reaches(next, theirs)) await members.withdrawInvitationsOf(member.userId)
          member = await members.setRole(id, next)
          await assertOwned(members, theirs)
        }
        const fields = { before: { role: theirs }, after: { role: next } }
        return { result: member, audit: { as: 'changeMemberRole', of: about(member), ...fields } }
      }),

    /** Throws NotFoundError, ForbiddenError, ConflictError (the last owner). */
    remove: (by: Permit<'member:write'>, id: string): Promise<{ id: string }> =>
      asAdmin(store, by, async (members, role) => {
        const member = await withinReach(members, role, id)
        await members.remove(member)
        await assertOwned(members, member.role)
        const before = { role: member.role }
        return { result: { id }, audit: { as: 'removeMember', of: about(member), before } }
      }),

    /** Whoever is a member may go, but not the last owner. Throws NotFoundError, ConflictError. */
    leave: async (actor: UserActor, slug: string): Promise<{ id: string }> => {
      const [membership] = await membershipsOf(actor.id, { slug })
      if (!membership) throw notAMember()
      const left = await store.locked(
        accountPermit<'account:write'>(membership.tenant, actor),
        async (members) => {
          const member = await members.of(actor.id)
          if (!member) return null
          await members.remove(member)
          await assertOwned(members, member.role)
          const before = { role: member.role }
          return { result: { id: member.id }, audit: { as: 'leaveTenant', of: about(member), before } }
        },
      )
      if (!left) throw notAMember()
      return left
    },

    /**
     * The actor is an admin afterwards, the other one an owner. Throws NotFoundError, ForbiddenError,
     * ConflictError.
     */
    transferOwnership: (by: Permit<'tenant:own'>, id: string): Promise<Member> =>
      asAdmin(store, by, async (members, role, me) => {
        if (role !== 'OWNER') throw new ForbiddenError('Only an owner can hand the tenant over.')
        const theirs = await members.find(id)
        const mine = await members.of(me)
        if (!theirs || !mine) throw noSuchMember()
        if (theirs.id === mine.id) throw new ConflictError('You own it already. Name another member.', ['id'])
        if (theirs.role !== 'OWNER') assertOwnsMore(await members.owned(theirs.userId))
        await members.withdrawInvitationsOf(me) // they may be to owners, whom an admin can't make
        const result = await members.setRole(id, 'OWNER')
        await members.setRole(mine.id, 'ADMIN')
        await assertOwned(members, role)
        const fields = {
          before: { role: theirs.role, mine: role },
          after: { role: 'OWNER', mine: 'ADMIN' },
        }
        return { result, audit: { as: 'transferOwnership', of: about(theirs), ...fields } }
      }),
  }
}
