import type { Core } from '../core.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { ApiKeyService } from '../identity/api-key.service.ts'
import type { TenantService } from '../tenancy/tenant.service.ts'
import './bootstrap-token.schema.ts'
import './bootstrap-token.mutations.schema.ts'
import { createBootstrapTokenService } from './bootstrap-token.service.ts'
import { createBootstrapTokenStore } from './bootstrap-token.store.ts'
import './cluster.schema.ts'
import './cluster.mutations.schema.ts'
import { createClusterService } from './cluster.service.ts'
import { createClusterStore } from './cluster.store.ts'
import './cluster-access.schema.ts'
import './cluster-access.mutations.schema.ts'
import './shared-cluster.schema.ts'
import { createClusterAccessService } from './cluster-access.service.ts'
import { createClusterAccessStore } from './cluster-access.store.ts'
import './edge-node.schema.ts'
import './edge-node.mutations.schema.ts'
import './edge-node.live.schema.ts'
import { createEdgeNodeService } from './edge-node.service.ts'
import { createEdgeNodeStore } from './edge-node.store.ts'
import { edgeNodeChangedTopic } from './edge-node.topics.ts'
import './cluster-usage.schema.ts'
import './overview.schema.ts'
import { createNodeLoad, nodeLoadLives } from './node-load.ts'
import { nodeSamplesProjection } from './node-samples.projection.ts'
import { createRegistrationService } from './registration.service.ts'
import { createServiceInstanceStore } from './service-instance.store.ts'
import { serviceInstanceChangedTopic } from './service-instance.topics.ts'
import { createServices } from './services.ts'
import { silenceTask } from './silence.task.ts'

export const infrastructureTopics = [edgeNodeChangedTopic, serviceInstanceChangedTopic]
export const infrastructureLives = [...nodeLoadLives]
type Infrastructure = ReturnType<typeof createInfrastructure>
/** What moves with the rows of datasets. */
export const infrastructureProjections = (modules: Pick<Infrastructure, 'edgeNodes'>) => [
  nodeSamplesProjection(modules),
]
/** What the program does by the clock. */
export const infrastructureTasks = ({
  edgeNodes,
  serviceInstances,
  tenants,
  clock,
}: Pick<Infrastructure, 'edgeNodes' | 'serviceInstances'> & {
  tenants: { service: Pick<TenantService, 'withSilent'> }
  clock: Clock
}) => [
  silenceTask({
    clock,
    silent: tenants.service.withSilent,
    services: { edgeNode: edgeNodes.service, serviceInstance: serviceInstances.service },
  }),
]

/** Clusters, who else may use them, the edge nodes in them, and how these come there. */
export const createInfrastructure = (
  core: Core & {
    /** The keys that nodes send their facts with. */
    readonly keys: Pick<ApiKeyService, 'ofNode' | 'endOfNode'>
    /** The tenant of a bootstrap token, by its SHA-256. */
    readonly tenantOf: (hash: Buffer) => Promise<TenantId | undefined>
    /** The tenant of a slug. */
    readonly tenantOfSlug: (slug: string) => Promise<TenantId | undefined>
  },
) => {
  const clusters = createClusterStore(core)
  const accesses = createClusterAccessStore(core)
  const nodes = createEdgeNodeStore(core)
  const tokens = createBootstrapTokenStore(core)
  const instances = createServiceInstanceStore(core)
  return {
    clusters: { reads: clusters.reads, service: createClusterService({ store: clusters }) },
    clusterAccesses: {
      reads: accesses.reads,
      sharedReads: accesses.sharedReads,
      service: createClusterAccessService({ ...core, store: accesses }),
    },
    edgeNodes: { reads: nodes.reads, service: createEdgeNodeService({ ...core, store: nodes, instances }) },
    bootstrapTokens: {
      reads: tokens.reads,
      service: createBootstrapTokenService({ ...core, store: tokens }),
    },
    ...createServices({ ...core, clusters, nodes, instances }),
    ...createNodeLoad({ ...core, nodes }),
    registrations: { service: createRegistrationService({ ...core, nodes, tokens }) },
  }
}
