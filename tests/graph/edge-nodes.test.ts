import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Heartbeat } from '../../src/modules/infrastructure/edge-node.rules.ts'
import { tasksOf } from '../../src/modules/modules.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
import { settled } from '../testkit/waiters.ts'

/** The program's clock: a test moves it, and the watch that looks every second follows. */
let aheadMs = 0
const clock = { now: () => Date.now() + aheadMs }
const at = (ms: number): string => new Date(ms).toISOString()
let program: TestApp
beforeAll(async () => void (program = await startApp({ clock })))
afterAll(() => program.stop())

/** What a program does by the clock, once. */
const turn = () => Promise.all(tasksOf(program.app.modules, clock).map((task) => task.run()))

type Change = {
  kind: string
  slug: string
  healthBefore: string
  health: string
  modeBefore: string
  mode: string
  note: string | null
  at: string
  actor: string
}
const changes = `subscription {
  edgeNodeChanged(withStart: true) {
    ... on EdgeNodeChanged { kind slug healthBefore health modeBefore mode note at actor }
    ... on Resync { reason }
  }
}` as unknown as TypedDocumentString<{ edgeNodeChanged: Change }, object>

const follow = (client: TestClient) => {
  const values = client.webSocket().subscribe(changes, {})
  return async (): Promise<Change> => {
    const { value } = await settled(values.next(), 15_000, 'a change')
    if (!value?.data) throw new Error(JSON.stringify(value))
    return value.data.edgeNodeChanged
  }
}

const open = async () => {
  const { key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const run = (name: string, input: object): Promise<Payload> => mutate(client, name, input)
  const made = async (slug: string): Promise<string> => {
    const { cluster } = (await run('createCluster', { slug })) as never as { cluster: { id: string } }
    return cluster.id
  }
  const tokenFor = async (clusterId: string, more: object = {}) =>
    (await run('createBootstrapToken', { clusterId, name: 'T', ...more })) as never as {
      token: string
      bootstrapToken: { id: string }
    }
  return { client, run, made, tokenFor }
}
/** As a machine does that has nothing but its token. */
const register = (token: string, slug: string, more: object = {}) =>
  mutate(createTestClient(program.url, undefined), 'registerEdgeNode', { token, slug, ...more })
const registered = async (token: string, slug: string, more: object = {}): Promise<string> => {
  const payload = await register(token, slug, more)
  expect(payload).toMatchObject({ __typename: 'RegisterEdgeNodePayload', slug, edgeNode: null })
  return payload.apiKey as unknown as string
}
const nodeOf = async (client: TestClient, slug: string) => {
  const query = `query ($slug: String!) { edgeNodes(filter: { slug: { eq: $slug } }) {
    nodes { id name region mode health healthSince healthScore tags cpuCores cluster { slug } } } }`
  const { data, errors } = await client.request<{ edgeNodes: { nodes: Record<string, unknown>[] } }, object>(
    query,
    {
      slug,
    },
  )
  expect(errors).toBeUndefined()
  return data!.edgeNodes.nodes[0]
}
/** A sample is a heartbeat. */
const heard = async (client: TestClient, slug: string, facts: readonly Heartbeat[]): Promise<void> => {
  const samples = facts.map(({ at: time, healthScore, isHealthy }) => ({
    time: time.toISOString(),
    node_id: slug,
    health_score: healthScore,
    is_healthy: isHealthy,
  }))
  expect((await client.ingest('node_samples', samples)).body).toMatchObject({ accepted: facts.length })
  await program.app.ingest.flushed()
}
const sample = (node_id: string | undefined, time = clock.now()) => ({
  time: at(time),
  internal_name: 's',
  node_id,
  viewer_count: 1,
})

test('a machine registers with a token, once, and sends what is its own with the key that it gets', async () => {
  const { client, made, tokenFor } = await open()
  const [east, west] = [await made('east'), await made('west')]
  const { token } = await tokenFor(east)
  const first = await registered(token, 'e-1', { region: 'eu', cpuCores: 8, tags: ['new'] })
  expect(await nodeOf(client, 'e-1')).toMatchObject({
    name: 'e-1',
    region: 'eu',
    cpuCores: 8,
    tags: ['new'],
    mode: 'NORMAL',
    health: 'STALE', // it has sent nothing yet
    cluster: { slug: 'east' },
  })
  // Used up, for whoever has it and however many come at once.
  expect(await register(token, 'e-2')).toMatchObject({ code: 'UNAUTHENTICATED', path: ['token'] })
  const { token: raced } = await tokenFor(east)
  const codes = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => (await register(raced, `r-${n}`)).code),
  )
  expect(codes.filter((code) => code === undefined)).toHaveLength(1)
  const winner = `r-${codes.indexOf(undefined)}`

  const tagged = async (filter: string) => {
    const query = `{ edgeNodes(filter: ${filter}) { nodes { slug } } }`
    const { data } = await client.request<{ edgeNodes: { nodes: { slug: string }[] } }, object>(query)
    return data!.edgeNodes.nodes.map(({ slug }) => slug)
  }
  expect(await tagged('{ tags: { has: "new" } }')).toEqual(['e-1'])
  expect(await tagged('{ not: { tags: { hasSome: ["new", "old"] } } }')).toEqual([winner])
  expect(await tagged('{ tags: { hasEvery: ["new", "old"] } }')).toEqual([])
  expect(await tagged('{ tags: { hasEvery: [] } }')).toEqual(['e-1', winner])
  expect(await tagged('{ tags: { hasSome: [] } }')).toEqual([])

  const node = createTestClient(program.url, first)
  const sent = [sample(undefined), sample('e-1'), sample('e-2')]
  expect((await node.ingest('viewer_samples', sent)).body).toMatchObject({
    accepted: 2,
    rejected: [
      {
        index: 2,
        code: 'INVALID_FIELD',
        message: 'node_id: this key is for another edge node; leave the field out',
      },
    ],
  })
  expect((await node.ingest('product_events', [{}])).body).toMatchObject({ error: { code: 'FORBIDDEN' } })
  expect((await node.request('{ edgeNodes { totalCount } }')).errors![0]).toMatchObject({
    extensions: { code: 'FORBIDDEN' },
  })

  // The same machine, installed again: the key before ends.
  const second = await registered((await tokenFor(east)).token, 'e-1', { name: 'East one' })
  expect(await nodeOf(client, 'e-1')).toMatchObject({
    name: 'East one',
    region: 'eu',
    cluster: { slug: 'east' },
  })
  aheadMs += 3_000 // an answer of the check of keys holds for two seconds
  expect((await node.ingest('viewer_samples', [sample('e-1')])).body).toMatchObject({
    error: { code: 'UNAUTHENTICATED' },
  })
  expect(
    (await createTestClient(program.url, second).ingest('viewer_samples', [sample('e-1')])).body,
  ).toMatchObject({ accepted: 1 })
  expect(await register((await tokenFor(west)).token, 'e-1')).toMatchObject({
    code: 'CONFLICT',
    path: ['slug'],
    message: expect.stringContaining('in another cluster'),
  })
})

test('a token that is wrong, revoked, expired or of a tenant that is gone is answered alike', async () => {
  const { run, made, tokenFor } = await open()
  const cluster = await made('c')
  const [good, revoked, late] = [
    await tokenFor(cluster),
    await tokenFor(cluster),
    await tokenFor(cluster, { expiresIn: 'PT1M' }),
  ]
  await run('revokeBootstrapToken', { id: revoked.bootstrapToken.id })
  aheadMs += 61_000
  const answers = new Set<string>()
  for (const token of ['', 'hb_x', `hb_${'A'.repeat(43)}`, revoked.token, late.token])
    answers.add(JSON.stringify(await register(token, 'n')))
  expect([...answers]).toEqual([expect.stringContaining('"code":"UNAUTHENTICATED"')])
  await registered(good.token, 'n')
  const bad = { slug: ' ', cpuCores: 0, latitude: 91, tags: Array.from({ length: 33 }, (_, n) => `${n}`) }
  expect(await register((await tokenFor(cluster)).token, ' ', bad)).toMatchObject({
    code: 'VALIDATION_FAILED',
    message: expect.stringMatching(/^slug: .* tags: .* latitude: .* cpuCores: /),
  })
  expect(
    await run('createBootstrapToken', { clusterId: cluster, name: 'T', expiresIn: 'P31D' }),
  ).toMatchObject({
    code: 'VALIDATION_FAILED',
    path: ['expiresIn'],
  })
})

test('what a node sends moves its health, its silence too, and each change is told once', async () => {
  const { client, made, tokenFor } = await open()
  const cluster = await made('c')
  const node = createTestClient(program.url, await registered((await tokenFor(cluster)).token, 'n'))
  const next = follow(client)
  expect(await next()).toMatchObject({ reason: 'STARTED' })
  const startMs = clock.now()
  const sends = (...facts: Heartbeat[]) => heard(node, 'n', facts)
  const from = (seconds: number, healthScore: number, more: object = {}): Heartbeat => ({
    at: new Date(startMs + seconds * 1_000),
    healthScore,
    ...more,
  })
  await sends(from(0, 90))
  expect(await next()).toMatchObject({ kind: 'HEALTH_CHANGED', healthBefore: 'STALE', health: 'HEALTHY' })
  // In one batch and in no order; one that came before and one that is older change nothing.
  await sends(from(3, 95), from(2, 10), from(1, 60), from(0, 90), from(-5, 0))
  for (const health of ['DEGRADED', 'UNHEALTHY', 'HEALTHY']) expect((await next()).health).toBe(health)
  await sends(from(4, 95, { isHealthy: false }))
  expect((await next()).health).toBe('UNHEALTHY')
  expect(await nodeOf(client, 'n')).toMatchObject({
    health: 'UNHEALTHY',
    healthScore: 95,
    healthSince: at(startMs + 4_000),
  })

  aheadMs += 59_000
  await turn() // the watch has looked and told nothing
  expect((await nodeOf(client, 'n'))!.health).toBe('UNHEALTHY')
  aheadMs += 10_000
  expect(await next()).toMatchObject({
    healthBefore: 'UNHEALTHY',
    health: 'STALE',
    at: at(startMs + 64_000),
    actor: 'edge-node-watch',
  })
  // One that comes late does not bring it back; the next one does.
  await sends(from(5, 100))
  expect(await nodeOf(client, 'n')).toMatchObject({ health: 'STALE', healthScore: 100 })
  const back = clock.now()
  const refused = [140, -1].map((health_score) => ({ time: back, health_score }))
  expect((await node.ingest('node_samples', [...refused, { time: back + 301_000 }])).body).toMatchObject({
    accepted: 0,
    rejected: [
      { index: 0, message: 'health_score: expected a whole number from 0 to 100, got 140' },
      { index: 1 },
      { index: 2, code: 'IN_THE_FUTURE' },
    ],
  })
  // Of a node that nobody has made: kept, and it moves nothing.
  await heard(client, 'nobody', [{ at: new Date(back), healthScore: 0 }])
  await sends({ at: new Date(back), healthScore: 70 })
  expect(await next()).toMatchObject({ healthBefore: 'STALE', health: 'DEGRADED', at: at(back) })
})

test('an operator sets the mode and is told why; a node in use is not deleted, and a deleted one has no key', async () => {
  const { client, run, made, tokenFor } = await open()
  const cluster = await made('c')
  const key = await registered((await tokenFor(cluster)).token, 'n')
  const { id } = (await nodeOf(client, 'n')) as { id: string }
  await heard(client, 'n', [{ at: new Date(clock.now()), healthScore: 90 }])
  const next = follow(client)
  expect(await next()).toMatchObject({ reason: 'STARTED' })
  await run('setEdgeNodeMode', { id, mode: 'DRAINING', note: 'New disk' })
  expect(await next()).toMatchObject({
    kind: 'MODE_CHANGED',
    modeBefore: 'NORMAL',
    mode: 'DRAINING',
    note: 'New disk',
    health: 'HEALTHY',
  })
  await run('setEdgeNodeMode', { id, mode: 'DRAINING' }) // it is, so nobody is told
  await run('updateEdgeNode', { id, zone: 'b' })
  expect(await next()).toMatchObject({ kind: 'UPDATED' })
  expect(await run('updateEdgeNode', { id, name: null })).toMatchObject({
    code: 'VALIDATION_FAILED',
    path: ['name'],
  })
  expect(await run('deleteEdgeNode', { id })).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('MAINTENANCE'),
  })
  expect(await run('deleteCluster', { id: cluster })).toMatchObject({ code: 'CONFLICT', path: ['id'] })
  await run('setEdgeNodeMode', { id, mode: 'MAINTENANCE' })
  expect(await run('deleteEdgeNode', { id })).toMatchObject({ deletedId: id })
  for (const kind of ['MODE_CHANGED', 'DELETED']) expect((await next()).kind).toBe(kind)
  expect(await run('setEdgeNodeMode', { id, mode: 'NORMAL' })).toMatchObject({
    code: 'NOT_FOUND',
    path: ['id'],
  })
  aheadMs += 3_000
  const node = createTestClient(program.url, key)
  expect((await node.ingest('viewer_samples', [sample('n')])).body).toMatchObject({
    error: { code: 'UNAUTHENTICATED' },
  })
  expect(await run('deleteCluster', { id: cluster })).toMatchObject({ deletedId: cluster })
})
