import { can, edgeNodeOf } from '../../auth/viewer.ts'
import { deleted, mutation, type PayloadBuilder } from '../../graphql/mutation.ts'
import type { InputBuilder } from '../../graphql/mutation-input.ts'
import { ServiceInstance, ServiceInstanceHealth, ServiceInstanceStatus } from './service-instance.schema.ts'
import type { ServiceInstanceRow } from './service-instance.store.ts'
import { silentFrom } from './silence.rules.ts'

const slug = (t: InputBuilder) =>
  t.string({ required: true, description: 'Its own name, 1 to 128 characters; unique in the tenant.' })

/** A machine has a key that sends and reads nothing: it is answered what it needs to go on. */
const heard = (t: PayloadBuilder<ServiceInstanceRow>) => ({
  slug: t.exposeString('slug', { description: 'Name of the instance.' }),
  staleAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'Time at which it is STALE without another heartbeat; null for one that is STOPPED.',
    resolve: ({ status, lastHeartbeatAt }) => (status === 'STOPPED' ? null : silentFrom(lastHeartbeatAt)),
  }),
  serviceInstance: t.field({
    type: ServiceInstance,
    nullable: true,
    description: 'The instance, for who may read it; null for a key without the scope `read`.',
    resolve: (row, _args, { viewer }) => (can(viewer, 'infrastructure:read') ? row : null),
  }),
})

mutation('registerServiceInstance', {
  action: 'serviceInstance:write',
  description:
    'Makes a process an instance of a service, which it tells of itself with heartbeats from then on. One that registers again from the same place is the same instance, started anew; a name that has another place is free once its holder is STOPPED or silent. A key of an edge node registers only what runs on that node.',
  input: (t) => ({
    slug: slug(t),
    service: t.string({ required: true, description: 'Slug of the service.' }),
    cluster: t.string({ description: 'Slug of the cluster (default: that of the edge node).' }),
    edgeNode: t.string({
      description: 'Slug of the edge node that it is on (default: that of the key; none for other keys).',
    }),
    host: t.string({ description: 'Name or address under which it is reached.' }),
    port: t.int({
      description: 'Port under which it is reached, 1 to 65535 (default: that of the service).',
    }),
    version: t.string({ description: 'Version of its program.' }),
    startedAt: t.field({ type: 'DateTime', description: 'Start of its process (default: now).' }),
    status: t.field({
      type: ServiceInstanceStatus,
      description: 'Where it is in its life (default STARTING).',
    }),
    health: t.field({
      type: ServiceInstanceHealth,
      description: 'Its health, which is not STALE (default HEALTHY).',
    }),
  }),
  run: (permit, input, { serviceInstances }, { viewer }) =>
    serviceInstances.service.register(permit, input, edgeNodeOf(viewer)),
  payload: heard,
})

mutation('reportServiceInstance', {
  action: 'serviceInstance:write',
  description:
    'Tells how a service instance is: a heartbeat. Send one at least every 30 seconds, and at once when its status or health becomes another; after 60 seconds without one it is STALE, unless it has said that it is STOPPED. It leaves no row in the audit log. A key of an edge node reports only what runs on that node.',
  input: (t) => ({
    slug: slug(t),
    status: t.field({
      type: ServiceInstanceStatus,
      required: true,
      description: 'Where it is in its life.',
    }),
    health: t.field({
      type: ServiceInstanceHealth,
      required: true,
      description: 'Its health, which is not STALE.',
    }),
    cpuPercent: t.float({
      description: 'Part of the processors of its machine that it uses, 0 to 100 (null for not measured).',
    }),
    memoryBytes: t.field({
      type: 'BigInt',
      description: 'Memory that it uses, in bytes (null for not measured).',
    }),
  }),
  run: (permit, input, { serviceInstances }, { viewer }) =>
    serviceInstances.service.report(permit, input, edgeNodeOf(viewer)),
  payload: heard,
})

mutation('deregisterServiceInstance', {
  action: 'serviceInstance:write',
  description:
    'Deletes a service instance: its process ends, or will not come back. Its name is free. A key of an edge node deregisters only what runs on that node.',
  input: (t) => ({ slug: slug(t) }),
  run: (permit, input, { serviceInstances }, { viewer }) =>
    serviceInstances.service.deregister(permit, input, edgeNodeOf(viewer)),
  payload: deleted('ServiceInstance'),
})
