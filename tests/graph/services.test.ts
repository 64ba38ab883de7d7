import { afterAll, beforeAll, expect, test } from 'vitest'
import { tasksOf } from '../../src/modules/modules.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import type { TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { settled } from '../testkit/waiters.ts'
import { asked, instances, nodeOn, openOn, slugs } from './services.testkit.ts'

/** The program's clock: a test moves it, and the watch that looks every second follows. */
let aheadMs = 0
const clock = { now: () => Date.now() + aheadMs }
let program: TestApp
beforeAll(async () => void (program = await startApp({ clock })))
afterAll(() => program.stop())

/** What a program does by the clock, once. */
const turn = () => Promise.all(tasksOf(program.app.modules, clock).map((task) => task.run()))

type Change = {
  __typename: string
  kind: string
  slug: string
  actor: string
  at: string
  statusBefore: string
  status: string
  healthBefore: string
  health: string
  serviceInstance: { slug: string } | null
}
const fields =
  '__typename ... on ServiceInstanceChanged { kind slug actor at statusBefore status healthBefore health serviceInstance { slug } } ... on Resync { reason }'
const follow = (client: TestClient, field = 'serviceInstanceChanged(withStart: true)') => {
  const document = `subscription { told: ${field} { ${fields} } }` as unknown as TypedDocumentString<
    { told: Change },
    object
  >
  const values = client.webSocket().subscribe(document, {})
  return async (): Promise<Change> => {
    const { value } = await settled(values.next(), 15_000, 'a change')
    if (!value?.data) throw new Error(JSON.stringify(value))
    return value.data.told
  }
}

const open = () => openOn(program)
const nodeOf = (client: TestClient, clusterId: string, slug: string) =>
  nodeOn(program, client, clusterId, slug)
const auditRows = async (client: TestClient) =>
  (await asked<{ auditLog: { totalCount: number } }>(client, '{ auditLog { totalCount } }')).auditLog
    .totalCount

test('an instance registers, reports, degrades, falls silent, comes back and leaves, and each change is told once', async () => {
  const { client, says, place } = await open()
  const next = follow(client)
  const firehose = follow(
    client,
    'tenantActivity(withStart: true, filter: { type: { in: [SERVICE_INSTANCE_CHANGED] } })',
  )
  for (const first of [next, firehose]) expect(await first()).toMatchObject({ reason: 'STARTED' })

  expect(
    await says('registerServiceInstance', { slug: 'api-1', ...place, host: '10.0.0.1', version: '1.2' }),
  ).toEqual({
    __typename: 'RegisterServiceInstancePayload',
    slug: 'api-1',
    staleAt: expect.any(String),
    serviceInstance: null, // its key reads nothing
  })
  expect(await next()).toMatchObject({
    kind: 'REGISTERED',
    slug: 'api-1',
    status: 'STARTING',
    health: 'HEALTHY',
    actor: 'key:Test',
    serviceInstance: { slug: 'api-1' },
  })
  const logged = await auditRows(client)
  const heard = (more: object) => says('reportServiceInstance', { slug: 'api-1', ...more })
  const running = { status: 'RUNNING', health: 'HEALTHY', cpuPercent: 12.5, memoryBytes: '6442450944' }
  await heard(running)
  expect(await next()).toMatchObject({ kind: 'STATUS_CHANGED', statusBefore: 'STARTING', status: 'RUNNING' })
  expect(await instances(client)).toEqual([
    {
      slug: 'api-1',
      plane: 'CONTROL',
      host: '10.0.0.1',
      port: 8080, // the service's
      version: '1.2',
      status: 'RUNNING',
      health: 'HEALTHY',
      healthSince: expect.any(String),
      cpuPercent: 12.5,
      memoryBytes: '6442450944',
      lastHeartbeatAt: expect.any(String),
      startedAt: expect.any(String),
      service: { slug: 'api' },
      cluster: { slug: 'c' },
      edgeNode: null,
    },
  ])
  for (let beat = 0; beat < 5; beat += 1) await heard(running) // nothing to tell
  // Both at once are two changes; what was not measured is not what it was.
  await heard({ status: 'STOPPING', health: 'DEGRADED' })
  expect(await next()).toMatchObject({ kind: 'STATUS_CHANGED', status: 'STOPPING', health: 'HEALTHY' })
  expect(await next()).toMatchObject({
    kind: 'HEALTH_CHANGED',
    statusBefore: 'STOPPING',
    healthBefore: 'HEALTHY',
    health: 'DEGRADED',
  })
  expect((await instances(client))[0]).toMatchObject({ cpuPercent: null, memoryBytes: null })
  await heard(running)
  for (const kind of ['STATUS_CHANGED', 'HEALTH_CHANGED']) expect((await next()).kind).toBe(kind)
  expect(await auditRows(client)).toBe(logged)

  const lastMs = Date.parse(String((await instances(client))[0]!.lastHeartbeatAt))
  aheadMs += 58_000
  await turn() // the watch has looked and told nothing
  expect(await slugs(client, { health: { eq: 'STALE' } })).toEqual([])
  aheadMs += 10_000
  expect(await next()).toMatchObject({
    kind: 'HEALTH_CHANGED',
    healthBefore: 'HEALTHY',
    health: 'STALE',
    status: 'RUNNING',
    at: new Date(lastMs + 60_000).toISOString(),
    actor: 'service-watch',
  })
  expect(await slugs(client, { health: { eq: 'STALE' } })).toEqual(['api-1'])
  await heard(running)
  expect(await next()).toMatchObject({ kind: 'HEALTH_CHANGED', healthBefore: 'STALE', health: 'HEALTHY' })

  // Silence after a stop is what was said, and nobody is woken by it.
  expect(await heard({ status: 'STOPPED', health: 'HEALTHY' })).toMatchObject({ staleAt: null })
  expect(await next()).toMatchObject({ kind: 'STATUS_CHANGED', status: 'STOPPED' })
  aheadMs += 70_000
  await turn()
  expect((await instances(client))[0]).toMatchObject({ status: 'STOPPED', health: 'HEALTHY' })
  await says('deregisterServiceInstance', { slug: 'api-1' })
  expect(await next()).toMatchObject({ kind: 'DEREGISTERED', slug: 'api-1', serviceInstance: null })
  expect(await heard(running)).toMatchObject({
    code: 'NOT_FOUND',
    path: ['slug'],
    message: expect.stringContaining('registerServiceInstance'),
  })
  expect(await auditRows(client)).toBe(logged + 2) // that it left, and what was refused
  const kinds: string[] = []
  for (let told = 0; told < 10; told += 1) kinds.push((await firehose()).kind)
  expect(kinds.filter((kind) => kind === 'HEALTH_CHANGED')).toHaveLength(4)
  expect([kinds[0], kinds.at(-1)]).toEqual(['REGISTERED', 'DEREGISTERED'])
})

test('of two that race for a name one has it; the same one started again is the same, and a name that nobody uses is free', async () => {
  const { client, says, place } = await open()
  const takes = (host: string, more: object = {}) =>
    says('registerServiceInstance', { slug: 'api-1', ...place, host, ...more })
  const raced = await Promise.all(Array.from({ length: 8 }, (_, n) => takes(`10.0.0.${n}`)))
  expect(raced.map(({ code }) => code ?? 'OK').toSorted()).toEqual([
    ...Array<string>(7).fill('CONFLICT'),
    'OK',
  ])
  expect(raced.find(({ code }) => code)).toMatchObject({
    path: ['slug'],
    message: expect.stringContaining('is running in another place'),
  })
  const [first] = await instances(client)
  const [host, other] = [String(first!.host), '10.0.1.1']
  // Those of one place at once are one instance too.
  const same = await Promise.all(Array.from({ length: 4 }, () => takes(host, { version: '2' })))
  expect(same.map(({ code }) => code)).toEqual(Array(4).fill(undefined))
  expect(await instances(client)).toMatchObject([{ slug: 'api-1', host, version: '2' }])

  expect((await takes(other)).code).toBe('CONFLICT')
  await says('reportServiceInstance', { slug: 'api-1', status: 'STOPPED', health: 'HEALTHY', cpuPercent: 1 })
  expect((await takes(other)).code).toBeUndefined()
  expect(await instances(client)).toMatchObject([
    { host: other, status: 'STARTING', cpuPercent: null, version: '' },
  ])
  expect((await takes(host)).code).toBe('CONFLICT')
  aheadMs += 61_000
  expect((await takes(host)).code).toBeUndefined()
  expect(await instances(client)).toMatchObject([{ host }])
})

const register = (from: TestClient, slug: string, more: object = {}) =>
  mutate(from, 'registerServiceInstance', { slug, service: 'api', ...more })

test('a key of an edge node writes of what runs on it and of nothing else', async () => {
  const { client, run, says, keyed, cluster, place } = await open()
  const [one, two] = [await nodeOf(client, cluster, 'n-1'), await nodeOf(client, cluster, 'n-2')]
  expect((await register(one.key, 'on-1')).code).toBeUndefined() // node and cluster are those of its key
  expect((await register(one.key, 'also-on-1', { edgeNode: 'n-1', cluster: 'c' })).code).toBeUndefined()
  expect(await register(one.key, 'on-2', { edgeNode: 'n-2' })).toMatchObject({
    code: 'FORBIDDEN',
    path: ['edgeNode'],
  })
  await says('registerServiceInstance', { slug: 'alone', ...place })
  expect(await slugs(client, { edgeNode: { eq: one.id } })).toEqual(['also-on-1', 'on-1'])
  const beat = { status: 'RUNNING', health: 'HEALTHY' }
  for (const slug of ['on-1', 'alone']) {
    expect(await mutate(two.key, 'reportServiceInstance', { slug, ...beat })).toMatchObject({
      code: 'FORBIDDEN',
      path: ['slug'],
    })
    expect(await mutate(two.key, 'deregisterServiceInstance', { slug })).toMatchObject({ code: 'FORBIDDEN' })
    expect(await register(two.key, slug)).toMatchObject({ code: 'CONFLICT' })
  }
  aheadMs += 61_000 // nor when the name would be free to others
  expect(await register(two.key, 'on-1')).toMatchObject({ code: 'CONFLICT' })
  expect((await mutate(one.key, 'reportServiceInstance', { slug: 'on-1', ...beat })).code).toBeUndefined()
  expect(await slugs(client, { status: { eq: 'RUNNING' } })).toEqual(['on-1'])
  const reader = await keyed('read')
  expect(await mutate(reader, 'reportServiceInstance', { slug: 'on-1', ...beat })).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('"ingest" or "write"'),
  })

  // What runs on a node is gone with it.
  const next = follow(client)
  await next()
  expect((await run('setEdgeNodeMode', { id: one.id, mode: 'MAINTENANCE' })).code).toBeUndefined()
  expect(await run('deleteEdgeNode', { id: one.id })).toMatchObject({ deletedId: one.id })
  const gone = async (): Promise<Change> => {
    const event = await next()
    return event.kind === 'HEALTH_CHANGED' ? gone() : event // those that have been silent since the clock went on
  }
  expect(await gone()).toMatchObject({ kind: 'DEREGISTERED', slug: 'also-on-1', serviceInstance: null })
  expect(await gone()).toMatchObject({ kind: 'DEREGISTERED', slug: 'on-1', serviceInstance: null })
  expect(await slugs(client, {})).toEqual(['alone'])
  const { auditLog } = await asked<{ auditLog: { nodes: { before: object }[] } }>(
    client,
    '{ auditLog(first: 1, filter: { action: { eq: "deleteEdgeNode" } }) { nodes { before } } }',
  )
  expect(auditLog.nodes[0]!.before).toMatchObject({ serviceInstances: ['also-on-1', 'on-1'] })
})

test('bad input is told by its field, and what to do', async () => {
  const { client, run, says, cluster, service, place } = await open()
  await nodeOf(client, cluster, 'n')
  await run('createCluster', { slug: 'd' })
  const tries = (input: object) => says('registerServiceInstance', { slug: 'i', ...place, ...input })
  for (const [input, code, path] of [
    [{ slug: ' ' }, 'VALIDATION_FAILED', 'slug'],
    [{ port: 0 }, 'VALIDATION_FAILED', 'port'],
    [{ port: 65_536 }, 'VALIDATION_FAILED', 'port'],
    [{ host: 'a\u202Eb' }, 'VALIDATION_FAILED', 'host'],
    [{ health: 'STALE' }, 'VALIDATION_FAILED', 'health'],
    [{ startedAt: new Date(clock.now() + 400_000).toISOString() }, 'VALIDATION_FAILED', 'startedAt'],
    [{ service: 'nope' }, 'NOT_FOUND', 'service'],
    [{ cluster: 'nope' }, 'NOT_FOUND', 'cluster'],
    [{ edgeNode: 'nope' }, 'NOT_FOUND', 'edgeNode'],
    [{ edgeNode: 'n', cluster: 'd' }, 'VALIDATION_FAILED', 'cluster'],
    [{ cluster: null }, 'VALIDATION_FAILED', 'cluster'],
  ] as const)
    expect([input, await tries(input)]).toMatchObject([input, { code, path: [path] }])
  expect(await slugs(client, {})).toEqual([])
  await tries({})
  const beat = { slug: 'i', status: 'RUNNING', health: 'HEALTHY' }
  for (const [input, code, path] of [
    [{ health: 'STALE' }, 'VALIDATION_FAILED', 'health'],
    [{ cpuPercent: 100.5 }, 'VALIDATION_FAILED', 'cpuPercent'],
    [{ memoryBytes: '-1' }, 'VALIDATION_FAILED', 'memoryBytes'],
    [{ memoryBytes: '9007199254740993' }, 'VALIDATION_FAILED', 'memoryBytes'],
    [{ slug: 'nope' }, 'NOT_FOUND', 'slug'],
  ] as const)
    expect([input, await says('reportServiceInstance', { ...beat, ...input })]).toMatchObject([
      input,
      { code, path: [path] },
    ])
  expect(await instances(client)).toMatchObject([{ status: 'STARTING', cpuPercent: null }])
  for (const [name, input, code, path] of [
    ['createService', { slug: 'api', plane: 'EDGE' }, 'CONFLICT', 'slug'],
    ['createService', { slug: 'x', plane: 'EDGE', healthPath: 'health' }, 'VALIDATION_FAILED', 'healthPath'],
    ['createService', { slug: 'x', plane: 'EDGE', defaultPort: -1 }, 'VALIDATION_FAILED', 'defaultPort'],
    ['updateService', { id: service, name: null }, 'VALIDATION_FAILED', 'name'],
    [
      'setDesiredReplicas',
      { clusterId: cluster, serviceId: service, replicas: 1_001 },
      'VALIDATION_FAILED',
      'replicas',
    ],
    ['setDesiredReplicas', { clusterId: cluster, serviceId: cluster, replicas: 1 }, 'NOT_FOUND', 'serviceId'],
  ] as const)
    expect([input, await run(name, input)]).toMatchObject([input, { code, path: [path] }])
})

test("a name of another tenant's is one that nobody has", async () => {
  const [a, b] = [await open(), await open()]
  await b.says('registerServiceInstance', { slug: 'of-b', ...b.place })
  const beat = { slug: 'of-b', status: 'STOPPED', health: 'UNHEALTHY' }
  expect((await a.says('reportServiceInstance', beat)).code).toBe('NOT_FOUND')
  expect((await a.says('deregisterServiceInstance', { slug: 'of-b' })).code).toBe('NOT_FOUND')
  await b.run('createService', { slug: 'only-b', plane: 'EDGE' })
  expect((await a.says('registerServiceInstance', { slug: 'x', ...a.place, service: 'only-b' })).code).toBe(
    'NOT_FOUND',
  )
  expect((await a.says('registerServiceInstance', { slug: 'of-b', ...a.place })).code).toBeUndefined()
  expect(await instances(b.client)).toMatchObject([{ slug: 'of-b', status: 'STARTING', health: 'HEALTHY' }])
})
