import { z } from 'zod'
import type { Actor } from '../../auth/actor.ts'
import type { TenantId } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import type { TenantStore } from './tenant.store.ts'

const newTenant = z.object({
  slug: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, '1 to 63 lower-case letters, digits and dashes'),
  name: z.string().trim().min(1).max(200),
})

/** What operators do with tenants on the command line. */
export const createTenantService = ({ store }: { store: TenantStore }) => ({
  /** Done by the operator unless another actor is given. Throws ValidationError, ConflictError (the slug is taken). */
  create: async (input: { slug: string; name?: string | undefined }, actor?: Actor): Promise<TenantId> => {
    const { slug, name } = validate(newTenant, { slug: input.slug, name: input.name ?? input.slug })
    try {
      return await store.create({ slug, name }, actor)
    } catch (error) {
      if (isUniqueViolation(error)) throw new ConflictError(`There is a tenant "${slug}" already.`, ['slug'])
      throw error
    }
  },

  list: store.list,

  /** Throws NotFoundError. */
  bySlug: async (slug: string): Promise<TenantId> => {
    const tenant = await store.findBySlug(slug)
    if (tenant) return tenant
    throw new NotFoundError(
      `There is no tenant "${slug}". Make it with "heliograph tenant create ${slug}".`,
      ['slug'],
    )
  },
})

export type TenantService = ReturnType<typeof createTenantService>
