import {
  ServiceInstanceHealth as healths,
  ServiceInstanceStatus as statuses,
} from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Cluster } from './cluster.schema.ts'
import { EdgeNode } from './edge-node.schema.ts'
import { Service, ServicePlane } from './service.schema.ts'

export const ServiceInstanceStatus = builder.enumType('ServiceInstanceStatus', {
  description: 'Where a service instance is in its life, as it says.',
  values: {
    STARTING: { description: 'It was started and takes no requests yet.', value: statuses.STARTING },
    RUNNING: { description: 'It takes requests.', value: statuses.RUNNING },
    STOPPING: {
      description: 'It ends what it has begun and takes no new requests.',
      value: statuses.STOPPING,
    },
    STOPPED: { description: 'It has ended.', value: statuses.STOPPED },
  },
})

export const ServiceInstanceHealth = builder.enumType('ServiceInstanceHealth', {
  description: 'Health of a service instance, as it says, or STALE by its silence.',
  values: {
    HEALTHY: { description: 'All of it works.', value: healths.HEALTHY },
    DEGRADED: { description: 'It works in part, or more slowly.', value: healths.DEGRADED },
    UNHEALTHY: { description: 'It does not work.', value: healths.UNHEALTHY },
    STALE: {
      description:
        'No heartbeat for more than 60 seconds. One that is STOPPED keeps the health that it told last.',
      value: healths.STALE,
    },
  },
})

export const ServiceInstance = builder.prismaNode('ServiceInstance', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  description: 'One process of a service. It registers itself and tells how it is.',
  authScopes: { action: 'infrastructure:read' },
  fields: (t) => ({
    slug: t.exposeString('slug', { description: 'Its own name; unique in the tenant.' }),
    plane: t.expose('plane', { type: ServicePlane, description: 'What its service is for.' }),
    host: t.exposeString('host', {
      nullable: true,
      description: 'Name or address under which it is reached; null where it said none.',
    }),
    port: t.exposeInt('port', {
      nullable: true,
      description: 'Port under which it is reached; null for none.',
    }),
    version: t.exposeString('version', { description: 'Version of its program; empty for unknown.' }),
    status: t.expose('status', { type: ServiceInstanceStatus, description: 'Where it is in its life.' }),
    health: t.expose('health', { type: ServiceInstanceHealth, description: 'Health.' }),
    healthSince: t.expose('healthSince', {
      type: 'DateTime',
      description: 'Time from which the health is as it is.',
    }),
    cpuPercent: t.exposeFloat('cpuPercent', {
      nullable: true,
      description:
        'Part of the processors of its machine that it uses by its latest heartbeat, 0 to 100; null where that did not say.',
    }),
    memoryBytes: t.expose('memoryBytes', {
      type: 'BigInt',
      nullable: true,
      description: 'Memory that it uses by its latest heartbeat, in bytes; null where that did not say.',
    }),
    lastHeartbeatAt: t.expose('lastHeartbeatAt', {
      type: 'DateTime',
      description: 'Time of the latest heartbeat; that of its registration before the first one.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      description: 'Start of its process, as it says; the time of its registration where it did not.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time of its first registration.' }),
    service: t.relation('service', { type: Service, description: 'Service that it is an instance of.' }),
    cluster: t.relation('cluster', { type: Cluster, description: 'Cluster that it runs in.' }),
    edgeNode: t.relation('edgeNode', {
      type: EdgeNode,
      nullable: true,
      description: 'Edge node that it runs on; null for none.',
    }),
  }),
})

const ServiceInstances = defineList({
  model: 'ServiceInstance',
  of: ServiceInstance,
  items: 'service instances',
  filter: (is) => ({
    slug: is.text('Its own name.'),
    service: is.idOf('Service', 'Service that it is an instance of.'),
    cluster: is.idOf('Cluster', 'Cluster that it runs in.'),
    edgeNode: is.idOf('EdgeNode', 'Edge node that it runs on.'),
    plane: is.oneOf(ServicePlane, 'What its service is for.'),
    status: is.oneOf(ServiceInstanceStatus, 'Where it is in its life.'),
    health: is.oneOf(ServiceInstanceHealth, 'Health.'),
    version: is.text('Version of its program.'),
    startedAt: is.time('Start of its process.'),
  }),
  order: {
    SLUG: { by: 'slug', unique: true, description: 'Its own name.' },
    HEALTH_SINCE: { by: 'healthSince', description: 'Time from which the health is as it is.' },
    STARTED_AT: { by: 'startedAt', description: 'Start of its process.' },
  },
  first: ['SLUG', 'ASC'],
})
ServiceInstances.root('serviceInstances', {
  action: 'infrastructure:read',
  description:
    'Service instances of the tenant. Those that take requests: `filter: { service: { eq: … }, status: { eq: RUNNING }, health: { eq: HEALTHY } }`.',
  rows: ({ serviceInstances }) => serviceInstances.reads,
})
ServiceInstances.below(Service, 'instances', {
  description: 'Instances of the service.',
  within: 'serviceId',
  rows: ({ serviceInstances }) => serviceInstances.reads,
})
ServiceInstances.below(Cluster, 'serviceInstances', {
  description: 'Service instances that run in the cluster.',
  within: 'clusterId',
  rows: ({ serviceInstances }) => serviceInstances.reads,
})
ServiceInstances.below(EdgeNode, 'serviceInstances', {
  description: 'Service instances that run on the edge node.',
  within: 'edgeNodeId',
  rows: ({ serviceInstances }) => serviceInstances.reads,
})
