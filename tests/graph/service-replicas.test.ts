import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { asked, idIn, instances, openOn, slugs, type Shown } from './services.testkit.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())
const open = () => openOn(program)

test('a service or a cluster with instances stays until they are gone, and instances follow the plane of their service', async () => {
  const { client, run, says, service, cluster, place } = await open()
  await says('registerServiceInstance', { slug: 'api-1', ...place })
  expect(await run('deleteService', { id: service })).toMatchObject({
    code: 'CONFLICT',
    path: ['id'],
    message: expect.stringContaining('deregisterServiceInstance'),
  })
  expect(await run('deleteCluster', { id: cluster })).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('deregister the instances'),
  })
  await run('updateService', { id: service, plane: 'DATA', defaultPort: null, healthPath: '/health' })
  expect(await instances(client, { plane: { eq: 'DATA' } })).toMatchObject([{ slug: 'api-1', plane: 'DATA' }])
  await run('setDesiredReplicas', { clusterId: cluster, serviceId: service, replicas: 1 })
  await run('deregisterServiceInstance', { slug: 'api-1' })
  expect(await run('deleteService', { id: service })).toMatchObject({ deletedId: service })
  expect(await run('deleteCluster', { id: cluster })).toMatchObject({ deletedId: cluster })
})

test('replicas are counted, and what has fewer healthy ones than desired is told, most missing first', async () => {
  const { client, run, says, service, cluster, place } = await open()
  const other = idIn(await run('createService', { slug: 'web', plane: 'EDGE' }), 'service')
  const empty = idIn(await run('createCluster', { slug: 'd' }), 'cluster')
  for (const [n, status, health] of [
    [1, 'RUNNING', 'HEALTHY'],
    [2, 'RUNNING', 'DEGRADED'],
    [3, 'STARTING', 'HEALTHY'],
  ] as const)
    await says('registerServiceInstance', { slug: `api-${n}`, ...place, status, health })
  await says('registerServiceInstance', { slug: 'web-1', service: 'web', cluster: 'c', status: 'RUNNING' })
  const desire = (clusterId: string, serviceId: string, replicas: number) =>
    run('setDesiredReplicas', { clusterId, serviceId, replicas })
  await desire(cluster, service, 1)
  expect(await desire(cluster, service, 2)).toMatchObject({
    clusterService: { desiredReplicas: 2, runningReplicas: 2, healthyReplicas: 1 },
  })
  await desire(cluster, other, 1)
  await desire(empty, service, 3)
  await desire(empty, other, 0)
  const told = 'desiredReplicas runningReplicas healthyReplicas'
  const { analytics, clusters, services } = await asked<
    Record<'analytics' | 'clusters' | 'services', unknown>
  >(
    client,
    `{ analytics { servicesBelowDesired { cluster { slug } service { slug } ${told} } }
       clusters(first: 5) { nodes { slug services(first: 5) { nodes { service { slug } ${told} } } } }
       services(first: 5) { nodes { slug clusters(first: 0) { totalCount } instances(first: 5) { nodes { slug } } } } }`,
  )
  expect((analytics as Shown).servicesBelowDesired).toEqual([
    {
      cluster: { slug: 'd' },
      service: { slug: 'api' },
      desiredReplicas: 3,
      runningReplicas: 0,
      healthyReplicas: 0,
    },
    {
      cluster: { slug: 'c' },
      service: { slug: 'api' },
      desiredReplicas: 2,
      runningReplicas: 2,
      healthyReplicas: 1,
    },
  ])
  const api = { service: { slug: 'api' }, desiredReplicas: 2, runningReplicas: 2, healthyReplicas: 1 }
  const web = { service: { slug: 'web' }, desiredReplicas: 1, runningReplicas: 1, healthyReplicas: 1 }
  const zero = { service: { slug: 'web' }, desiredReplicas: 0, runningReplicas: 0, healthyReplicas: 0 }
  expect((clusters as { nodes: Shown[] }).nodes).toEqual([
    { slug: 'c', services: { nodes: [api, web] } },
    {
      slug: 'd',
      services: { nodes: [{ ...api, desiredReplicas: 3, runningReplicas: 0, healthyReplicas: 0 }, zero] },
    },
  ])
  expect((services as { nodes: Shown[] }).nodes).toEqual([
    {
      slug: 'api',
      clusters: { totalCount: 2 },
      instances: { nodes: [1, 2, 3].map((n) => ({ slug: `api-${n}` })) },
    },
    { slug: 'web', clusters: { totalCount: 2 }, instances: { nodes: [{ slug: 'web-1' }] } },
  ])
  // Whom a request of the service can go to.
  const ready = { service: { eq: service }, status: { eq: 'RUNNING' }, health: { eq: 'HEALTHY' } }
  expect(await slugs(client, ready)).toEqual(['api-1'])
})
