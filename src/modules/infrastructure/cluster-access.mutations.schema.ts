import { deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf, type InputBuilder } from '../../graphql/mutation-input.ts'
import { ClusterAccess, ClusterAccessLevel } from './cluster-access.schema.ts'

const access = only('clusterAccess', ClusterAccess, 'The access.')
const terms = (t: InputBuilder) => ({
  level: t.field({
    type: ClusterAccessLevel,
    description: 'What the subscriber may expect (a new one: SHARED).',
  }),
  maxStreams: t.int({ description: 'Highest number of its streams on the air, from 1 (null for no limit).' }),
  maxViewers: t.int({ description: 'Highest number of its concurrent viewers, from 1 (null for no limit).' }),
  maxBandwidthMbps: t.int({
    description: 'Highest bandwidth to its viewers, in megabits a second, from 1 (null for no limit).',
  }),
  expiresAt: t.field({
    type: 'DateTime',
    description: 'Time at which it ends, in the future (null for no end).',
  }),
})

mutation('grantClusterAccess', {
  action: 'clusterAccess:write',
  creates: true,
  description:
    'Lets another tenant use a cluster. It sees the name, the region and the health of the cluster.',
  input: (t) => ({
    clusterId: idOf(t, 'Cluster'),
    tenantSlug: t.string({
      required: true,
      description: 'Slug of the tenant that may use it: the subscriber.',
    }),
    ...terms(t),
  }),
  run: (permit, input, { clusterAccesses }) => clusterAccesses.service.grant(permit, input),
  payload: access,
})

mutation('updateClusterAccess', {
  action: 'clusterAccess:write',
  description:
    'Changes those terms of an access that are given; what has expired holds again with a later end.',
  input: (t) => ({ id: idOf(t, 'ClusterAccess'), ...terms(t) }),
  run: (permit, input, { clusterAccesses }) => clusterAccesses.service.update(permit, input),
  payload: access,
})

mutation('revokeClusterAccess', {
  action: 'clusterAccess:write',
  description: 'Ends an access at once.',
  input: (t) => ({ id: idOf(t, 'ClusterAccess') }),
  run: (permit, { id }, { clusterAccesses }) => clusterAccesses.service.revoke(permit, id),
  payload: deleted('ClusterAccess'),
})

mutation('leaveSharedCluster', {
  action: 'clusterAccess:write',
  description: 'Gives up the access to a cluster of another tenant.',
  input: (t) => ({ id: idOf(t, 'SharedCluster') }),
  run: (permit, { id }, { clusterAccesses }) => clusterAccesses.service.leave(permit, id),
  payload: deleted('SharedCluster'),
})
