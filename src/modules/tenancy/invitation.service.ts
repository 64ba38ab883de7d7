import { z } from 'zod'
import { roles, type Role } from '../../auth/actions.ts'
import type { UserActor } from '../../auth/actor.ts'
import { hashSecret } from '../../auth/api-key.ts'
import { accountPermit, type Permit } from '../../auth/permit.ts'
import { isSecretToken, makeSecretToken } from '../../auth/secret-token.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { ConflictError, ForbiddenError, LimitError, NotFoundError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import { email } from '../identity/password.rules.ts'
import type { Invitation, InvitationStore } from './invitation.store.ts'
import { asAdmin, assertOwnsMore, reaches } from './member.service.ts'
import type { MemberStore } from './member.store.ts'
import type { OwnMembership } from './membership.ts'

/** Long enough for a holiday weekend, short enough that a forgotten letter opens nothing. */
const INVITATION_MS = 7 * 86_400_000
/** Open ones of a tenant: more is a mistake or a program. */
const MAX_OPEN = 100

const newInvitation = z.object({ email, role: z.enum(roles) })

const refused = () =>
  new NotFoundError(
    'There is no such invitation for you. It may have expired or been used or withdrawn, or it is for another e-mail.',
    ['token'],
  )
const ofOwners = () => new ForbiddenError('Only an owner may undo an invitation to become an owner.')
const hashOf = (token: string) => new Uint8Array(hashSecret(token))

/** Rules of invitations: a token that whoever has it, and signs in with the invited e-mail, may use once. */
export const createInvitationService = (deps: {
  store: InvitationStore
  members: MemberStore
  tenantOfInvitation: (hash: Buffer) => Promise<TenantId | undefined>
  clock: Clock
}) => {
  const { store, members, tenantOfInvitation, clock } = deps
  return {
    /**
     * Answers the token, here and never again: a request that repeats an earlier one gets null. An earlier
     * invitation of that e-mail is withdrawn. Throws ValidationError, ForbiddenError, ConflictError,
     * LimitError.
     */
    invite: async (
      by: Permit<'member:write'>,
      input: { email: string; role: Role },
    ): Promise<{ invitation: Invitation; token: string | null }> => {
      const { tenant } = by
      const { email, role } = validate(newInvitation, input)
      const [id, token] = [uuidv7(), makeSecretToken('invitation')]
      const invitation = await asAdmin(
        members,
        by,
        async ({ tx }, mine, me) => {
          if (!reaches(mine, role)) throw new ForbiddenError('Only an owner may invite an owner.', ['role'])
          const createdAt = new Date(clock.now())
          if (await store.isMember(tx, tenant, email))
            throw new ConflictError('Somebody with that e-mail is a member already.', ['email'])
          const earlier = await store.openTo(tx, tenant, email, createdAt)
          if (earlier && !reaches(mine, earlier.role)) throw ofOwners()
          await store.makeRoom(tx, tenant, email, createdAt)
          if ((await store.countOpen(tx, tenant, createdAt)) >= MAX_OPEN)
            throw new LimitError(`A tenant has at most ${MAX_OPEN} open invitations.`)
          const expiresAt = new Date(createdAt.getTime() + INVITATION_MS)
          const fields = { id, email, role, hash: hashOf(token), invitedById: me, createdAt, expiresAt }
          const result = await store.add(tx, tenant, fields)
          const after = { email, role, expiresAt }
          return { result, audit: { as: 'inviteMember', of: ['Invitation', id], after } }
        },
        (tx, id) => store.find(tx, tenant, id),
      )
      return { invitation, token: invitation.id === id ? token : null }
    },

    /** Throws NotFoundError, ForbiddenError. */
    withdraw: (by: Permit<'member:write'>, id: string): Promise<{ id: string }> =>
      asAdmin(members, by, async ({ tx }, mine) => {
        const withdrawn = await store.findOpen(tx, by.tenant, id)
        if (!withdrawn) throw new NotFoundError('There is no open invitation with this id.', ['id'])
        if (!reaches(mine, withdrawn.role)) throw ofOwners()
        await store.remove(tx, by.tenant, id)
        const before = { email: withdrawn.email, role: withdrawn.role }
        return { result: { id }, audit: { as: 'withdrawInvitation', of: ['Invitation', id], before } }
      }),

    /** Throws NotFoundError (whatever is wrong with the token), ConflictError (a member already), LimitError. */
    accept: async (actor: UserActor, email: string, token: string): Promise<OwnMembership> => {
      if (!isSecretToken('invitation', token)) throw refused()
      const tenant = await tenantOfInvitation(hashSecret(token))
      if (!tenant) throw refused()
      const at = new Date(clock.now())
      const accepted = await members.locked(
        accountPermit<'account:write'>(tenant, actor),
        async ({ tx, of: membershipOf, add, owned }, of) => {
          const taken = await store.take(tx, tenant, { hash: hashOf(token), email, at })
          if (!taken) return null
          if (await membershipOf(actor.id))
            throw new ConflictError('You are a member of that tenant already.')
          const { id, role, invitedById } = taken
          if (role === 'OWNER') assertOwnsMore(await owned(actor.id))
          await add({ id: uuidv7(), userId: actor.id, role, invitedById, joinedAt: at })
          const after = { role, invitedById }
          const result: OwnMembership = { ...of, tenant, role }
          return { result, audit: { as: 'acceptInvitation', of: ['Invitation', id], after } }
        },
      )
      if (!accepted) throw refused()
      return accepted
    },
  }
}
