import { afterAll, beforeAll, expect, test } from 'vitest'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
import { eventually } from '../testkit/waiters.ts'

/** The program's clock: a test moves it. */
let aheadMs = 0
const clock = { now: () => Date.now() + aheadMs }
const inMs = (ms: number): string => new Date(clock.now() + ms).toISOString()
let program: TestApp
beforeAll(async () => void (program = await startApp({ clock })))
afterAll(() => program.stop())

type Shared = { id: string } & Record<string, unknown>
type Page<T> = { totalCount: number; nodes: T[] }
const asked = async <T>(client: TestClient, query: string, variables: object = {}): Promise<T> => {
  const { data, errors } = await client.request<T, object>(query, variables)
  if (!data || errors) throw new Error(JSON.stringify({ query, data, errors }))
  return data
}
const idIn = (payload: Payload, field: string): string => {
  if (payload.code) throw new Error(JSON.stringify(payload))
  return (payload as never as Record<string, { id: string }>)[field]!.id
}

const open = async () => {
  const { tenant, slug, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const run = (name: string, input: object) => mutate(client, name, input)
  return {
    tenant,
    slug,
    client,
    run,
    permit: trustedPermit<'infrastructure:write'>(tenant, programActor('test')),
    cluster: async (slug: string, more: object = {}) =>
      idIn(await run('createCluster', { slug, ...more }), 'cluster'),
    grant: async (clusterId: string, tenantSlug: string, more: object = {}) =>
      idIn(await run('grantClusterAccess', { clusterId, tenantSlug, ...more }), 'clusterAccess'),
    shared: async (): Promise<Page<Shared>> =>
      (
        await asked<{ sharedClusters: Page<Shared> }>(
          client,
          `{ sharedClusters { totalCount nodes { id name region type health ownerSlug level maxStreams maxViewers
             maxBandwidthMbps expiresAt } } }`,
        )
      ).sharedClusters,
    byId: async (id: string) =>
      asked(client, 'query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }', { id }),
  }
}
type Home = Awaited<ReturnType<typeof open>>
const gone = { node: null, nodes: [null] }
/** By every road that leads to it, as by none. */
const seesNothing = async (home: Home, id: string): Promise<void> => {
  expect(await home.shared()).toEqual({ totalCount: 0, nodes: [] })
  expect(await home.byId(id)).toEqual(gone)
  expect(await home.run('leaveSharedCluster', { id })).toMatchObject({ code: 'NOT_FOUND', path: ['id'] })
}

/** The id of the one cluster that it was given. */
const sharedId = async (home: Home): Promise<string> => (await home.shared()).nodes[0]!.id
const remove = ({ tenant, slug }: Home) =>
  program.app.modules.tenants.service.remove(trustedPermit<'tenant:own'>(tenant, programActor('test')), slug)
const refused = async (home: Home, input: object, code: string, field: string): Promise<void> => {
  expect(await home.run('grantClusterAccess', input)).toMatchObject({ code, path: [field] })
}

test('each subscriber sees the cluster and its own terms, the owner all of them, and a stranger nothing', async () => {
  const [a, b, c, d] = [await open(), await open(), await open(), await open()]
  const cluster = await a.cluster('west', { name: 'West', region: 'eu-west', maxViewers: 900 })
  const expiresAt = inMs(3_600_000)
  const toB = { level: 'PRIORITY', maxViewers: 50, maxStreams: 3, maxBandwidthMbps: 100, expiresAt }
  const access = await a.grant(cluster, b.slug, toB)
  await a.grant(cluster, c.slug)
  const seen = { name: 'West', region: 'eu-west', type: 'EDGE', health: 'STALE', ownerSlug: a.slug }
  const id = expect.any(String) as string
  expect(await b.shared()).toEqual({ totalCount: 1, nodes: [{ id, ...seen, ...toB }] })
  const free = {
    level: 'SHARED',
    maxViewers: null,
    maxStreams: null,
    maxBandwidthMbps: null,
    expiresAt: null,
  }
  expect(await c.shared()).toEqual({ totalCount: 1, nodes: [{ id, ...seen, ...free }] })
  expect(await d.shared()).toEqual({ totalCount: 0, nodes: [] })
  expect(await a.shared()).toEqual({ totalCount: 0, nodes: [] })

  const own = `{ clusterAccesses(orderBy: { field: CREATED_AT, direction: ASC }) { totalCount
    nodes { id subscriberSlug level maxViewers expiresAt health cluster { id } } }
    clusters { nodes { accesses { totalCount nodes { subscriberSlug } } } } }`
  expect(await asked(a.client, own)).toEqual({
    clusterAccesses: {
      totalCount: 2,
      nodes: [
        {
          id: access,
          subscriberSlug: b.slug,
          level: 'PRIORITY',
          maxViewers: 50,
          expiresAt,
          health: 'STALE',
          cluster: { id: cluster },
        },
        {
          id,
          subscriberSlug: c.slug,
          level: 'SHARED',
          maxViewers: null,
          expiresAt: null,
          health: 'STALE',
          cluster: { id: cluster },
        },
      ],
    },
    clusters: {
      nodes: [
        { accesses: { totalCount: 2, nodes: [{ subscriberSlug: c.slug }, { subscriberSlug: b.slug }] } },
      ],
    },
  })
  expect(await asked(b.client, own)).toEqual({
    clusterAccesses: { totalCount: 0, nodes: [] },
    clusters: { nodes: [] },
  })

  await a.run('updateCluster', { id: cluster, name: 'West 2', region: 'eu' })
  await a.run('updateClusterAccess', { id: access, maxViewers: null, level: 'DEDICATED' })
  const told = { ...seen, ...toB, name: 'West 2', region: 'eu', maxViewers: null, level: 'DEDICATED' }
  expect((await b.shared()).nodes).toEqual([{ id, ...told }])
  expect((await c.shared()).nodes).toMatchObject([{ name: 'West 2', level: 'SHARED' }])
})

test('the health of a cluster is one word for all its nodes, also when they change at once', async () => {
  const [a, b] = [await open(), await open()]
  const { service, reads } = program.app.modules.edgeNodes
  const cluster = await a.cluster('c')
  await a.grant(cluster, b.slug)
  const health = async () => (await b.shared()).nodes[0]!.health
  const heard = (slug: string, healthScore: number) =>
    service.follow(a.permit, new Map([[slug, [{ at: new Date(clock.now()), healthScore }]]]))
  const add = (slug: string) =>
    service.ensure(a.tenant, [{ slug: 'c', name: 'c' }], [{ slug, name: slug, cluster: 'c', region: '' }])
  const id = async (slug: string) => (await reads.find(a.tenant, { slug }))!.id
  const steps: [() => Promise<unknown>, string][] = [
    [() => add('n-1'), 'STALE'],
    [() => heard('n-1', 90), 'HEALTHY'],
    [() => add('n-2'), 'DEGRADED'],
    [() => heard('n-2', 80), 'HEALTHY'],
    [() => heard('n-2', 49), 'DEGRADED'],
    [() => heard('n-1', 10), 'UNHEALTHY'],
    [() => heard('n-1', 60), 'DEGRADED'],
    [async () => service.setMode(a.permit, { id: await id('n-2'), mode: 'MAINTENANCE' }), 'DEGRADED'],
    [() => heard('n-1', 95), 'HEALTHY'],
    [async () => service.setMode(a.permit, { id: await id('n-1'), mode: 'DRAINING' }), 'HEALTHY'],
    [async () => service.setMode(a.permit, { id: await id('n-2'), mode: 'NORMAL' }), 'DEGRADED'],
  ]
  for (const [index, [step, expected]] of steps.entries()) {
    aheadMs += 1
    await step()
    expect([index, await health()]).toEqual([index, expected])
  }
  for (let round = 0; round < 20; round += 1) {
    aheadMs += 10
    const score = round % 2 === 0 ? 90 : 10
    await Promise.all(['n-1', 'n-2'].map((slug) => heard(slug, score)))
    expect([round, await health()]).toEqual([round, score === 90 ? 'HEALTHY' : 'UNHEALTHY'])
  }
  aheadMs += 61_000
  await eventually(async () => expect(await health()).toBe('STALE')) // the watch finds the silence
  await heard('n-1', 90)
  expect(await health()).toBe('DEGRADED')
  await service.setMode(a.permit, { id: await id('n-2'), mode: 'MAINTENANCE' })
  await service.remove(a.permit, await id('n-2'))
  expect(await health()).toBe('HEALTHY')
  // Who comes later is told what the others are told.
  const late = await open()
  await a.grant(cluster, late.slug)
  expect((await late.shared()).nodes[0]).toMatchObject({ health: 'HEALTHY' })
})

test('what has expired is gone for the subscriber, and holds again with a later end', async () => {
  const [a, b] = [await open(), await open()]
  const access = await a.grant(await a.cluster('c'), b.slug, { expiresAt: inMs(60_000) })
  const [{ id }] = (await b.shared()).nodes as [Shared]
  expect(await b.byId(id)).toEqual({ node: { id }, nodes: [{ id }] })
  aheadMs += 61_000
  await seesNothing(b, id)
  expect(await a.byId(access)).toEqual({ node: { id: access }, nodes: [{ id: access }] })
  expect(await a.run('updateClusterAccess', { id: access, expiresAt: inMs(-1) })).toMatchObject({
    code: 'VALIDATION_FAILED',
    path: ['expiresAt'],
  })
  await a.run('updateClusterAccess', { id: access, expiresAt: null })
  expect(await b.byId(id)).toEqual({ node: { id }, nodes: [{ id }] })
})

test('access ends with a word of the owner or of the subscriber, with the cluster, and with either tenant', async () => {
  const [a, b, c] = [await open(), await open(), await open()]
  const cluster = await a.cluster('c')
  const accesses = () => asked(a.client, '{ clusterAccesses { nodes { subscriberSlug } } }')
  const ofC = { clusterAccesses: { nodes: [{ subscriberSlug: c.slug }] } }

  await a.grant(cluster, c.slug)
  const access = await a.grant(cluster, b.slug)
  let id = await sharedId(b)
  expect(await a.run('revokeClusterAccess', { id: access })).toMatchObject({ deletedId: access })
  await seesNothing(b, id)
  expect(await a.run('revokeClusterAccess', { id: access })).toMatchObject({ code: 'NOT_FOUND' })

  await a.grant(cluster, b.slug)
  id = await sharedId(b)
  expect(await b.run('leaveSharedCluster', { id })).toMatchObject({ deletedId: id })
  await seesNothing(b, id)
  expect(await accesses()).toEqual(ofC)

  const spare = await a.cluster('spare')
  await a.grant(spare, b.slug)
  id = await sharedId(b)
  await a.run('deleteCluster', { id: spare })
  await seesNothing(b, id)

  await a.grant(cluster, b.slug)
  await remove(b)
  expect(await accesses()).toEqual(ofC)
  expect(await a.run('grantClusterAccess', { clusterId: cluster, tenantSlug: b.slug })).toMatchObject({
    code: 'NOT_FOUND',
    path: ['tenantSlug'],
  })
  id = await sharedId(c)
  await remove(a)
  await seesNothing(c, id)
})

test('a tenant is given access to a cluster once, however many ask at once', async () => {
  const [a, b] = [await open(), await open()]
  const clusterId = await a.cluster('c')
  const input = { clusterId, tenantSlug: b.slug }
  const answers = await Promise.all(Array.from({ length: 6 }, () => a.run('grantClusterAccess', input)))
  expect(answers.map(({ code }) => code ?? 'ok').toSorted()).toEqual([...Array(5).fill('CONFLICT'), 'ok'])
  expect(answers.find(({ code }) => code)).toMatchObject({ path: ['tenantSlug'] })
  expect((await b.shared()).totalCount).toBe(1)
  const once = { clusterId: await a.cluster('d'), tenantSlug: b.slug, idempotencyKey: 'once' }
  const ids = await Promise.all(
    Array.from({ length: 4 }, async () => idIn(await a.run('grantClusterAccess', once), 'clusterAccess')),
  )
  expect(new Set(ids).size).toBe(1)
  expect((await b.shared()).totalCount).toBe(2)
})

test('what can not be granted is refused by the name of its field', async () => {
  const [a, b] = [await open(), await open()]
  const clusterId = await a.cluster('c')
  await a.grant(clusterId, b.slug)
  const shared = await sharedId(b)
  const at = { clusterId, tenantSlug: 'nobody-has-this' }
  await refused(a, at, 'NOT_FOUND', 'tenantSlug')
  await refused(a, { ...at, tenantSlug: 'No slug' }, 'VALIDATION_FAILED', 'tenantSlug')
  await refused(a, { ...at, tenantSlug: '@platform' }, 'VALIDATION_FAILED', 'tenantSlug')
  await refused(a, { ...at, tenantSlug: a.slug }, 'VALIDATION_FAILED', 'tenantSlug')
  await refused(a, { clusterId, tenantSlug: b.slug, maxViewers: 0 }, 'VALIDATION_FAILED', 'maxViewers')
  await refused(a, { clusterId, tenantSlug: b.slug, expiresAt: inMs(-1) }, 'VALIDATION_FAILED', 'expiresAt')
  // A subscriber passes nothing on.
  const other = { tenantSlug: (await open()).slug }
  await refused(b, { ...other, clusterId }, 'NOT_FOUND', 'clusterId')
  await refused(b, { ...other, clusterId: shared }, 'NOT_FOUND', 'clusterId')
})
