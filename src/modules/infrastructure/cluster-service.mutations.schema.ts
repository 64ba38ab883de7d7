import { mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { ClusterService } from './cluster-service.schema.ts'

mutation('setDesiredReplicas', {
  action: 'infrastructure:write',
  description:
    'Sets how many healthy instances of a service a cluster is to have. `Analytics.servicesBelowDesired` tells where there are fewer.',
  input: (t) => ({
    clusterId: idOf(t, 'Cluster'),
    serviceId: idOf(t, 'Service'),
    replicas: t.int({ required: true, description: 'The number, 0 to 1,000.' }),
  }),
  run: (permit, input, { clusterServices }) => clusterServices.service.setDesired(permit, input),
  payload: only('clusterService', ClusterService, 'The service in the cluster.'),
})
