import { z } from 'zod'
import { roles, type Role } from '../../auth/actions.ts'
import { hashSecret } from '../../auth/api-key.ts'
import { isSecretToken, makeSecretToken } from '../../auth/secret-token.ts'
import type { UserActor } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { ConflictError, ForbiddenError, LimitError, NotFoundError } from '../../platform/problems.ts'
import { email } from '../identity/password.rules.ts'
import { validate } from '../../platform/validate.ts'
import type { Invitation, InvitationStore } from './invitation.store.ts'
import { asAdmin, reaches } from './member.service.ts'
import type { MemberStore } from './member.store.ts'
import type { OwnMembership } from './membership.ts'
import type { TenantStore } from './tenant.store.ts'

/** Long enough for a holiday weekend, short enough that a forgotten letter opens nothing. */
const INVITATION_MS = 7 * 86_400_000
/** Open ones of a tenant: more is a mistake or a program. */
const MAX_OPEN = 100

const newInvitation = z.object({
  email,
  role: z.enum(roles),
})

const about = (id: string) => ({ resourceType: 'Invitation', resourceId: id })

const refused = () =>
  new NotFoundError(
    'There is no such invitation for you. It may have expired or been used or withdrawn, or it is for another e-mail.',
    ['token'],
  )

/** Rules of invitations: a token that whoever has it, and signs in with the invited e-mail, may use once. */
export const createInvitationService = (deps: {
  store: InvitationStore
  members: MemberStore
  tenants: TenantStore
  clock: Clock
}) => {
  const { store, members, tenants, clock } = deps
  return {
    list: (tenant: TenantId) => store.list(tenant, new Date(clock.now())),

    /** Answers the token, here and never again. An earlier invitation of that e-mail is withdrawn. Throws ValidationError, ForbiddenError, ConflictError, LimitError. */
    invite: (
      by: Permit<'member:write'>,
      input: { email: string; role: Role },
    ): Promise<{ invitation: Invitation; token: string }> =>
      asAdmin(members, by, async ({ run, audit }, role, me) => {
        const { tenant, actor } = by
        const { email, role: offered } = validate(newInvitation, input)
        if (!reaches(role, offered)) throw new ForbiddenError('Only an owner may invite an owner.', ['role'])
        const createdAt = new Date(clock.now())
        if (await store.isMember(run, tenant, email))
          throw new ConflictError('Somebody with that e-mail is a member already.', ['email'])
        if ((await store.countOpen(run, tenant, createdAt)) >= MAX_OPEN)
          throw new LimitError(`A tenant has at most ${MAX_OPEN} open invitations.`)
        const token = makeSecretToken('invitation')
        const expiresAt = new Date(createdAt.getTime() + INVITATION_MS)
        const invitation = { id: uuidv7(), email, role: offered, invitedById: me, createdAt, expiresAt }
        await store.replace(run, tenant, { ...invitation, hash: hashSecret(token) })
        const after = { email, role: offered, expiresAt }
        await audit({ actor, action: 'inviteMember', ...about(invitation.id), after })
        return { invitation, token }
      }),

    /** Throws NotFoundError, ForbiddenError. */
    withdraw: (by: Permit<'member:write'>, id: string): Promise<void> =>
      asAdmin(members, by, async ({ run, audit }) => {
        const withdrawn = await store.withdraw(run, by.tenant, id)
        if (!withdrawn) throw new NotFoundError('The tenant has no such open invitation.', ['id'])
        const { email, role } = withdrawn
        await audit({ actor: by.actor, action: 'withdrawInvitation', ...about(id), before: { email, role } })
      }),

    /** Throws NotFoundError (whatever is wrong with the token), ConflictError (a member already). */
    accept: async (actor: UserActor, email: string, token: string): Promise<OwnMembership> => {
      if (!isSecretToken('invitation', token)) throw refused()
      const hash = hashSecret(token)
      const tenant = await tenants.byInvitation(hash)
      if (!tenant) throw refused()
      const at = new Date(clock.now())
      const accepted = await members.locked(tenant, async ({ run, roleOf, add, audit }, of) => {
        const taken = await store.take(run, tenant, { hash, email, at })
        if (!taken) return undefined
        if (await roleOf(actor.id)) throw new ConflictError('You are a member of that tenant already.')
        const { id, role, invitedById } = taken
        await add({ id: uuidv7(), userId: actor.id, role, invitedById, at })
        await audit({ actor, action: 'acceptInvitation', ...about(id), after: { role, invitedById } })
        return { ...of, tenant, role }
      })
      if (!accepted) throw refused()
      return accepted
    },
  }
}
