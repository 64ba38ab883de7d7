import type { Core } from '../core.ts'
import type { ClusterStore } from './cluster.store.ts'
import './cluster-service.schema.ts'
import './cluster-service.mutations.schema.ts'
import { createClusterServiceService } from './cluster-service.service.ts'
import { createClusterServiceStore } from './cluster-service.store.ts'
import type { EdgeNodeStore } from './edge-node.store.ts'
import './service.schema.ts'
import './service.mutations.schema.ts'
import { createServiceService } from './service.service.ts'
import { createServiceStore } from './service.store.ts'
import './service-instance.schema.ts'
import './service-instance.mutations.schema.ts'
import './service-instance.live.schema.ts'
import { createServiceInstanceService } from './service-instance.service.ts'
import type { ServiceInstanceStore } from './service-instance.store.ts'

/** Services, their instances, and how many of these clusters are to have. */
export const createServices = (
  core: Core & {
    readonly clusters: Pick<ClusterStore, 'reads'>
    readonly nodes: Pick<EdgeNodeStore, 'reads'>
    readonly instances: ServiceInstanceStore
  },
) => {
  const { instances } = core
  const services = createServiceStore(core)
  const desired = createClusterServiceStore(core)
  return {
    services: { reads: services.reads, service: createServiceService({ store: services }) },
    serviceInstances: {
      reads: instances.reads,
      service: createServiceInstanceService({ ...core, store: instances, services }),
    },
    clusterServices: {
      reads: desired.reads,
      queries: { below: desired.below, replicas: desired.replicas },
      service: createClusterServiceService({ ...core, store: desired, services }),
    },
  }
}
