import type { Permit } from '../../auth/permit.ts'
import { NotFoundError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import type { ClusterStore } from './cluster.store.ts'
import { desired, type Desired } from './cluster-service.rules.ts'
import type { ClusterServiceRow, ClusterServiceStore } from './cluster-service.store.ts'
import type { ServiceStore } from './service.store.ts'

/** Rules of what clusters are to have of services. */
export const createClusterServiceService = (deps: {
  readonly store: ClusterServiceStore
  readonly clusters: Pick<ClusterStore, 'reads'>
  readonly services: Pick<ServiceStore, 'reads'>
}) => ({
  /** Throws ValidationError, NotFoundError (cluster, service). */
  setDesired: async (permit: Permit<'infrastructure:write'>, input: Desired): Promise<ClusterServiceRow> => {
    const { clusterId, serviceId, replicas } = validate(desired, input)
    const [cluster, service] = await Promise.all([
      deps.clusters.reads.find(permit.tenant, { id: clusterId }),
      deps.services.reads.find(permit.tenant, { id: serviceId }),
    ])
    if (!cluster) throw new NotFoundError('There is no cluster with this id.', ['clusterId'])
    if (!service) throw new NotFoundError('There is no service with this id.', ['serviceId'])
    return (await deps.store.setDesired(permit, { clusterId, serviceId }, replicas))!
  },
})
