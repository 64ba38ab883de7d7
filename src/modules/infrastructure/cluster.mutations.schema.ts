import { deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf, type InputBuilder } from '../../graphql/mutation-input.ts'
import { Cluster, ClusterType } from './cluster.schema.ts'

const cluster = only('cluster', Cluster, 'The cluster.')
const settings = (t: InputBuilder) => ({
  type: t.field({ type: ClusterType, description: 'Purpose (a new one: EDGE).' }),
  region: t.string({ description: 'Region of its location (128 characters at most).' }),
  baseUrl: t.string({
    description:
      'Address under which its services are reached, http or https (2,048 characters at most; null for none).',
  }),
  maxStreams: t.int({ description: 'Highest number of streams on the air, from 1 (null for no limit).' }),
  maxViewers: t.int({ description: 'Highest number of concurrent viewers, from 1 (null for no limit).' }),
  maxBandwidthMbps: t.int({
    description: 'Highest bandwidth to viewers, in megabits a second, from 1 (null for no limit).',
  }),
})

mutation('createCluster', {
  action: 'infrastructure:write',
  creates: true,
  description: 'Creates a cluster, in which edge nodes can register.',
  input: (t) => ({
    slug: t.string({
      required: true,
      description: "The operator's own name, 1 to 128 characters; unique in the tenant.",
    }),
    name: t.string({ description: 'Name for people (1-200 characters, default: the slug).' }),
    ...settings(t),
  }),
  run: (permit, input, { clusters }) => clusters.service.create(permit, input),
  payload: cluster,
})

mutation('updateCluster', {
  action: 'infrastructure:write',
  description: 'Changes those fields of a cluster that are given.',
  input: (t) => ({
    id: idOf(t, 'Cluster'),
    name: t.string({ description: 'Name for people (1-200 characters).' }),
    ...settings(t),
  }),
  run: (permit, input, { clusters }) => clusters.service.update(permit, input),
  payload: cluster,
})

mutation('deleteCluster', {
  action: 'infrastructure:write',
  description: 'Deletes a cluster that has neither edge nodes nor service instances.',
  input: (t) => ({ id: idOf(t, 'Cluster') }),
  run: (permit, { id }, { clusters }) => clusters.service.remove(permit, id),
  payload: deleted('Cluster'),
})
