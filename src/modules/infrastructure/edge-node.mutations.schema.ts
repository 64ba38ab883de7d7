import { deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { EdgeNode, EdgeNodeMode } from './edge-node.schema.ts'

const edgeNode = only('edgeNode', EdgeNode, 'The edge node.')

mutation('updateEdgeNode', {
  action: 'infrastructure:write',
  description: 'Changes those fields of an edge node that are given.',
  input: (t) => ({
    id: idOf(t, 'EdgeNode'),
    name: t.string({ description: 'Name for people (1-200 characters).' }),
    region: t.string({ description: 'Region of its location (128 characters at most).' }),
    zone: t.string({ description: 'Zone in the region (128 characters at most).' }),
    latitude: t.float({ description: 'Latitude of its location, in degrees (-90 to 90; null for unknown).' }),
    longitude: t.float({
      description: 'Longitude of its location, in degrees (-180 to 180; null for unknown).',
    }),
    cpuCores: t.int({ description: 'Number of its processor cores (1-65,536; null for unknown).' }),
    memoryGb: t.int({ description: 'Its memory, in gigabytes (1-1,000,000; null for unknown).' }),
    diskGb: t.int({ description: 'Its disks, in gigabytes (1-100,000,000; null for unknown).' }),
    addresses: t.stringList({
      description: 'Addresses under which it is reached, 16 at most, of 255 characters at most.',
    }),
    tags: t.stringList({ description: 'Tags, 32 at most, of 64 characters at most.' }),
  }),
  run: (permit, input, { edgeNodes }) => edgeNodes.service.update(permit, input),
  payload: edgeNode,
})

mutation('setEdgeNodeMode', {
  action: 'infrastructure:write',
  description:
    'Sets what an edge node may do. Routers read it: a DRAINING node gets no new viewers. `EdgeNode.routingImpact` says before what that would move.',
  input: (t) => ({
    id: idOf(t, 'EdgeNode'),
    mode: t.field({ type: EdgeNodeMode, required: true, description: 'The mode.' }),
    note: t.string({ description: 'Why, for the audit log and for subscribers (1-500 characters).' }),
  }),
  run: (permit, input, { edgeNodes }) => edgeNodes.service.setMode(permit, input),
  payload: edgeNode,
})

mutation('deleteEdgeNode', {
  action: 'infrastructure:write',
  description:
    'Deletes an edge node that is STALE or in MAINTENANCE, with the service instances on it. What it sent stays until it expires, and its slug is free.',
  input: (t) => ({ id: idOf(t, 'EdgeNode') }),
  run: (permit, { id }, { edgeNodes }) => edgeNodes.service.remove(permit, id),
  payload: deleted('EdgeNode'),
})
