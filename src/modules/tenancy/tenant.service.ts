import { z } from 'zod'
import type { Actor, UserActor } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { platformTenant, type TenantId } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError, ValidationError } from '../../platform/problems.ts'
import { nameOf } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import { MAX_OWNED, type OwnMembership } from './membership.ts'
import type { ListedTenant, TenantStore } from './tenant.store.ts'

/** What tenants, projects and environments are called in addresses and commands. */
export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, '1 to 63 lower-case letters, digits and dashes')
const newTenant = z.object({ slug, name: nameOf(200) })
type NewTenant = z.infer<typeof newTenant>

const gone = () => new NotFoundError('There is no such tenant any more.')

/** Rules of tenants: what operators do on the command line, and people who have signed in. */
export const createTenantService = ({ store, clock }: { store: TenantStore; clock: Clock }) => {
  const add = async ({ slug, name }: NewTenant, actor?: Actor, ownerId?: string): Promise<TenantId> => {
    const owner = ownerId === undefined ? undefined : { id: ownerId, most: MAX_OWNED }
    try {
      return await store.create({ slug, name, owner }, actor)
    } catch (error) {
      if (isUniqueViolation(error)) throw new ConflictError(`There is a tenant "${slug}" already.`, ['slug'])
      throw error
    }
  }

  return {
    /**
     * A tenant without members, which operators reach with keys; done by the operator unless another actor is
     * given. Throws ValidationError, ConflictError (the slug is taken).
     */
    create: (input: { slug: string; name?: string | undefined }, actor?: Actor): Promise<TenantId> =>
      add(validate(newTenant, { slug: input.slug, name: input.name ?? input.slug }), actor),

    /**
     * A tenant that the account owns. Throws ValidationError, LimitError, ConflictError (the slug is taken).
     */
    createOwned: async (actor: UserActor, input: NewTenant): Promise<OwnMembership> => {
      const { slug, name } = validate(newTenant, input)
      return { tenant: await add({ slug, name }, actor, actor.id), slug, name, role: 'OWNER' }
    },

    /** For operators: all chains of the audit log have one, that of the platform too. */
    chains: store.list,
    /** For operators: every tenant, deleted ones too. */
    list: async (): Promise<ListedTenant[]> =>
      (await store.list()).filter(({ tenant }) => tenant !== platformTenant),
    /** Where an account may act now. */
    membershipsOf: store.membershipsOf,
    /** Undefined where there is no such tenant, or it was deleted. */
    ofSlug: store.findBySlug,
    /** Undefined for a token that nobody has. */
    ofBootstrapToken: store.byBootstrapToken,
    /** Who has what was heard last before that and was not told to be silent, and what of it. */
    withSilent: store.withSilent,
    /** Who has clips that were to be kept until then or less long. */
    withDueClips: store.withDueClips,

    /** Throws ValidationError, NotFoundError. */
    rename: async (permit: Permit<'tenant:write'>, input: { name: string }) => {
      const { name } = validate(newTenant.pick({ name: true }), input)
      const tenant = await store.rename(permit, name)
      if (!tenant) throw gone()
      return tenant
    },

    /**
     * Nobody gets in any more, by whatever credential; its data stay. The slug must be repeated. Throws
     * ValidationError, NotFoundError.
     */
    remove: async (permit: Permit<'tenant:own'>, slug: string) => {
      const found = await store.reads.find(permit.tenant)
      if (found?.slug !== slug)
        throw new ValidationError('Repeat the slug of the tenant that is to be deleted.', ['slug'])
      const deleted = await store.markDeleted(permit, new Date(clock.now()))
      if (!deleted) throw gone()
      return deleted
    },

    /** Throws NotFoundError. */
    bySlug: async (slug: string): Promise<TenantId> => {
      const tenant = await store.findBySlug(slug)
      if (tenant) return tenant
      throw new NotFoundError(
        `There is no tenant "${slug}". Create it with "heliograph tenant create ${slug}".`,
        ['slug'],
      )
    },

    /** For operators. False when it was so before, or is deleted. */
    setActive: (permit: Permit<never>, isActive: boolean) =>
      store.setActive(permit, isActive, new Date(clock.now())),
  }
}

export type TenantService = ReturnType<typeof createTenantService>
