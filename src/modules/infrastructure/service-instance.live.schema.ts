import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { eventField, eventType } from '../../graphql/live.ts'
import { ServiceInstance, ServiceInstanceHealth, ServiceInstanceStatus } from './service-instance.schema.ts'
import { serviceInstanceChangedTopic } from './service-instance.topics.ts'

const ServiceInstanceChangeKind = builder.enumType('ServiceInstanceChangeKind', {
  description: 'What happened to a service instance.',
  values: {
    REGISTERED: { description: 'It registered, for the first time or again.' },
    STATUS_CHANGED: { description: 'It told another status.' },
    HEALTH_CHANGED: { description: 'Its health became another, by what it told or by its silence.' },
    DEREGISTERED: { description: 'It was deleted, by itself, by an operator or with its edge node.' },
  } as const,
})

const ServiceInstanceChanged = eventType(serviceInstanceChangedTopic, 'ServiceInstanceChanged', {
  description:
    'One change of one service instance. Its own fields say how things were right after it; `serviceInstance` is how they are now.',
  fields: (payload, t) => ({
    kind: payload('kind', { type: ServiceInstanceChangeKind, description: 'What happened.' }),
    actor: payload('actor', { type: 'String', description: 'Person, key or program that made the change.' }),
    at: payload('at', { type: 'DateTime', description: 'Time of the change.' }),
    slug: payload('slug', { type: 'String', description: 'Name of the instance.' }),
    statusBefore: payload('statusBefore', {
      type: ServiceInstanceStatus,
      description: 'Status before the change.',
    }),
    status: payload('status', { type: ServiceInstanceStatus, description: 'Status after the change.' }),
    healthBefore: payload('healthBefore', {
      type: ServiceInstanceHealth,
      description: 'Health before the change.',
    }),
    health: payload('health', { type: ServiceInstanceHealth, description: 'Health after the change.' }),
    serviceInstance: t.prismaField({
      type: ServiceInstance,
      nullable: true,
      description: 'The instance as it is now; null once it is deleted.',
      resolve: (query, { payload: { serviceInstanceId } }, _args, context) =>
        context.modules.serviceInstances.reads.find(tenantOf(context), { id: serviceInstanceId }, query),
    }),
  }),
})

eventField('serviceInstanceChanged', {
  topic: serviceInstanceChangedTopic,
  action: 'infrastructure:read',
  type: ServiceInstanceChanged,
  union: 'ServiceInstanceUpdate',
  description:
    'Every change of service instances, also of their health by silence, once and in order; after a cursor also those that were missed.',
  filterName: 'ServiceInstanceChange',
  items: 'changes of service instances',
  filter: (is) => ({
    kind: is.oneOf(ServiceInstanceChangeKind, 'What happened.'),
    status: is.oneOf(ServiceInstanceStatus, 'Status after the change.'),
    health: is.oneOf(ServiceInstanceHealth, 'Health after the change.'),
    serviceInstance: is.idOf('ServiceInstance', 'The instance.'),
    service: is.idOf('Service', 'Service that it is an instance of.'),
    cluster: is.idOf('Cluster', 'Cluster that it runs in.'),
    edgeNode: is.idOf('EdgeNode', 'Edge node that it runs on.'),
  }),
})
