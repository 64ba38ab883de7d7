import { z } from 'zod'
import type { Actor } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import type { TenantId } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError, ValidationError } from '../../platform/problems.ts'
import { nameOf } from '../../platform/texts.ts'
import { validate } from '../../platform/validate.ts'
import type { TenantStore } from './tenant.store.ts'

/** What tenants, projects and environments are called in addresses and commands. */
export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, '1 to 63 lower-case letters, digits and dashes')
const newTenant = z.object({ slug, name: nameOf(200) })

/** Tenants an account may own: more is a program that makes them. */
const MAX_OWNED = 20

const gone = () => new NotFoundError('There is no such tenant any more.')

/** Rules of tenants: what operators do on the command line, and people who have signed in. */
export const createTenantService = ({ store }: { store: TenantStore }) => ({
  /**
   * Done by the operator unless another actor is given. Without an owner only for operators, who reach it with keys. Throws
   * ValidationError, LimitError, ConflictError (the slug is taken).
   */
  create: async (
    input: { slug: string; name?: string | undefined; ownerId?: string | undefined },
    actor?: Actor,
  ): Promise<TenantId> => {
    const { slug, name } = validate(newTenant, { slug: input.slug, name: input.name ?? input.slug })
    const { ownerId } = input
    const owner = ownerId === undefined ? undefined : { id: ownerId, most: MAX_OWNED }
    try {
      return await store.create({ slug, name, owner }, actor)
    } catch (error) {
      if (isUniqueViolation(error)) throw new ConflictError(`There is a tenant "${slug}" already.`, ['slug'])
      throw error
    }
  },

  list: store.list,
  /** Where an account may act now. */
  membershipsOf: store.membershipsOf,

  /** Throws ValidationError, NotFoundError. */
  rename: async ({ tenant, actor }: Permit<'tenant:write'>, input: { name: string }): Promise<void> => {
    const { name } = validate(newTenant.pick({ name: true }), input)
    if (!(await store.rename(tenant, name, actor))) throw gone()
  },

  /** Nobody gets in any more, by whatever credential; its data stay. The slug must be repeated. Throws ValidationError, NotFoundError. */
  remove: async ({ tenant, actor }: Permit<'tenant:own'>, slug: string, at: Date): Promise<void> => {
    const found = await store.find(tenant)
    if (found?.slug !== slug)
      throw new ValidationError('Repeat the slug of the tenant that is to be deleted.', ['slug'])
    if (!(await store.markDeleted(tenant, at, actor))) throw gone()
  },

  /** Throws NotFoundError. */
  bySlug: async (slug: string): Promise<TenantId> => {
    const tenant = await store.findBySlug(slug)
    if (tenant) return tenant
    throw new NotFoundError(
      `There is no tenant "${slug}". Make it with "heliograph tenant create ${slug}".`,
      ['slug'],
    )
  },

  /** For operators. False when it was so before, or is deleted. */
  setActive: store.setActive,
})

export type TenantService = ReturnType<typeof createTenantService>
