import { uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture } from './fixture.ts'

/** Stopped, so that none falls silent while the tests go on. */
const told = { status: 'STOPPED', health: 'HEALTHY' } as const

export const services: DomainFixture = {
  nodes: {
    Service: 'services',
    ServiceInstance: 'service_instances',
    ClusterService: 'cluster_services',
  },

  rows: async ({ insert, common, cluster, word, at }) => {
    const service = uuidv7()
    await insert('services', { ...common(), id: service, slug: word, name: word, plane: 'CONTROL' })
    const place = { service_id: service, cluster_id: cluster }
    const heard = { health: 'STALE', health_since: at, last_heartbeat_at: at, started_at: at }
    await insert('service_instances', { ...common(), ...place, plane: 'CONTROL', slug: word, ...heard })
    await insert('cluster_services', { ...common(), ...place, desired_replicas: 1 })
  },

  constraints: {
    services_slug_check: {
      refused: [`UPDATE services SET slug = ''`, `UPDATE services SET slug = repeat('n', 129)`],
      kept: [`UPDATE services SET slug = repeat('n', 128)`],
    },
    services_default_port_check: {
      refused: ['UPDATE services SET default_port = 0', 'UPDATE services SET default_port = 65536'],
      kept: ['UPDATE services SET default_port = 65535', 'UPDATE services SET default_port = NULL'],
    },
    service_instances_slug_check: {
      refused: [
        `UPDATE service_instances SET slug = ''`,
        `UPDATE service_instances SET slug = repeat('n', 129)`,
      ],
      kept: [`UPDATE service_instances SET slug = repeat('n', 128)`],
    },
    service_instances_port_check: {
      refused: ['UPDATE service_instances SET port = 0', 'UPDATE service_instances SET port = 65536'],
      kept: ['UPDATE service_instances SET port = 65535', 'UPDATE service_instances SET port = NULL'],
    },
    service_instances_cpu_percent_check: {
      refused: [
        'UPDATE service_instances SET cpu_percent = -1',
        'UPDATE service_instances SET cpu_percent = 100.1',
      ],
      kept: [
        'UPDATE service_instances SET cpu_percent = 0',
        'UPDATE service_instances SET cpu_percent = 100',
      ],
    },
    service_instances_memory_bytes_check: {
      refused: ['UPDATE service_instances SET memory_bytes = -1'],
      kept: ['UPDATE service_instances SET memory_bytes = 0'],
    },
    cluster_services_desired_replicas_check: {
      refused: [
        'UPDATE cluster_services SET desired_replicas = -1',
        'UPDATE cluster_services SET desired_replicas = 1001',
      ],
      kept: ['UPDATE cluster_services SET desired_replicas = 0'],
    },
  },

  longest: { 'Analytics.servicesBelowDesired': 100 },

  inhabit: async ({ modules, permit, tenant, word }) => {
    const writer = permit<'infrastructure:write'>()
    const made: { id: string }[] = []
    for (const slug of [`${word}-service`, `${word}-service-2`])
      made.push(
        await modules.services.service.create(writer, {
          slug,
          name: `${word} service`,
          plane: 'EDGE',
          healthPath: `/${word}`,
          description: `${word} description`,
        }),
      )
    const [cluster] = await modules.clusters.reads.page(tenant, { orderBy: { id: 'asc' }, take: 1 })
    const desired = { clusterId: cluster!.id, serviceId: made[0]!.id, replicas: 3 }
    await modules.clusterServices.service.setDesired(writer, desired)
    await modules.serviceInstances.service.register(permit<'serviceInstance:write'>(), {
      ...told,
      slug: `${word}-instance`,
      service: `${word}-service`,
      edgeNode: `${word}-node-1`,
      host: `${word}.example.test`,
      version: `${word}-1`,
    })
  },

  busy: async ({ modules, permit, word }, mark) => {
    await modules.serviceInstances.service.register(permit<'serviceInstance:write'>(), {
      ...told,
      slug: mark,
      service: `${word}-service`,
      cluster: `${word}-cluster`,
    })
  },

  literals: ({ word, id }) => ({
    'Query.services.first': '5',
    'Query.serviceInstances.first': '5',
    'Subscription.serviceInstanceChanged.after': '"0-0"',
    'Mutation.createService.input': `{ slug: "new-${word}", name: "New", plane: CONTROL }`,
    'Mutation.updateService.input': `{ id: ${id('Service')}, name: "Other" }`,
    'Mutation.deleteService.input': `{ id: ${id('Service')} }`,
    'Mutation.registerServiceInstance.input': `{ slug: "new-${word}", service: "${word}-service", cluster: "${word}-cluster" }`,
    'Mutation.reportServiceInstance.input': `{ slug: "${word}-instance", status: STOPPED, health: HEALTHY }`,
    'Mutation.deregisterServiceInstance.input': `{ slug: "new-${word}" }`,
    'Mutation.setDesiredReplicas.input': `{ clusterId: ${id('Cluster')}, serviceId: ${id('Service')}, replicas: 2 }`,
  }),

  audited: async (run) => {
    const { cluster } = await run('createCluster', { slug: 'of-services' })
    const { service } = await run('createService', { slug: 's', plane: 'DATA' })
    await run('updateService', { id: service!.id, name: 'S' })
    await run('setDesiredReplicas', { clusterId: cluster!.id, serviceId: service!.id, replicas: 2 })
    await run('registerServiceInstance', { slug: 'i', service: 's', cluster: 'of-services' })
    await run('deregisterServiceInstance', { slug: 'i' })
    await run('deleteService', { id: service!.id })
  },
}
