import type { Permit } from '../../auth/permit.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { isReferenceViolation, isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { given, validate } from '../../platform/validate.ts'
import { newService, serviceChange, type NewService, type ServiceChange } from './service.rules.ts'
import type { ServiceFields, ServiceRow, ServiceStore } from './service.store.ts'

type Writes = Permit<'infrastructure:write'>

const found = async (work: Promise<ServiceRow | null>): Promise<ServiceRow> => {
  const service = await work
  if (!service) throw new NotFoundError('There is no service with this id.', ['id'])
  return service
}

/** Rules of services. */
export const createServiceService = ({ store }: { store: ServiceStore }) => ({
  /** Throws ValidationError, ConflictError (the slug is taken). */
  create: async (permit: Writes, input: NewService): Promise<ServiceRow> => {
    const { slug, name, plane, ...rest } = validate(newService, input)
    try {
      const row = { id: uuidv7(), slug, plane, name: name ?? slug, ...given(rest) }
      return (await store.create(permit, row))!
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw new ConflictError(`There is a service "${slug}" already. Choose another slug.`, ['slug'])
    }
  },

  /** Changes what is given; null clears what can be empty. Throws ValidationError, NotFoundError. */
  update: (permit: Writes, { id, ...input }: ServiceChange & { id: string }): Promise<ServiceRow> =>
    found(store.update(permit, id, validate(serviceChange, input) as ServiceFields)),

  /** Throws NotFoundError, ConflictError (it has instances). */
  remove: async (permit: Writes, id: string): Promise<ServiceRow> => {
    try {
      return await found(store.remove(permit, id))
    } catch (error) {
      if (!isReferenceViolation(error)) throw error
      throw new ConflictError(
        'This service has instances. Stop them and deregister each with deregisterServiceInstance first.',
        ['id'],
      )
    }
  },
})
