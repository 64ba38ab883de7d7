import type { Permit } from '../../auth/permit.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { isReferenceViolation, isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { given, validate } from '../../platform/validate.ts'
import { clusterChange, newCluster, type ClusterChange, type NewCluster } from './cluster.rules.ts'
import type { ClusterFields, ClusterRow, ClusterStore } from './cluster.store.ts'

type Writes = Permit<'infrastructure:write'>

const found = async (work: Promise<ClusterRow | null>): Promise<ClusterRow> => {
  const cluster = await work
  if (!cluster) throw new NotFoundError('There is no cluster with this id.', ['id'])
  return cluster
}

/** Rules of clusters. */
export const createClusterService = ({ store }: { store: ClusterStore }) => ({
  /** Throws ValidationError, ConflictError (the slug is taken). */
  create: async (permit: Writes, input: NewCluster): Promise<ClusterRow> => {
    const { slug, name, ...rest } = validate(newCluster, input)
    try {
      return (await store.create(permit, { id: uuidv7(), slug, name: name ?? slug, ...given(rest) }))!
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw new ConflictError(`There is a cluster "${slug}" already. Choose another slug.`, ['slug'])
    }
  },

  /** Changes what is given; null clears what can be empty. Throws ValidationError, NotFoundError. */
  update: (permit: Writes, { id, ...input }: ClusterChange & { id: string }): Promise<ClusterRow> =>
    found(store.update(permit, id, validate(clusterChange, input) as ClusterFields)),

  /** Throws NotFoundError, ConflictError (it has nodes or service instances). */
  remove: async (permit: Writes, id: string): Promise<ClusterRow> => {
    try {
      return await found(store.remove(permit, id))
    } catch (error) {
      if (!isReferenceViolation(error)) throw error
      throw new ConflictError(
        'This cluster has edge nodes or service instances. Delete the nodes and deregister the instances first.',
        ['id'],
      )
    }
  },
})
