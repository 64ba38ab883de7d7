import { isInterfaceType } from 'graphql'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import type { Answer } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { globalId } from '../testkit/seed.ts'
import { eventually } from '../testkit/waiters.ts'
import { everythingOf, rootFields, tooMuch } from './everything.ts'
import { idMutations } from './id-mutations.ts'
import { inhabit, type Inhabitant } from './inhabitant.ts'
import { literalsOf } from './literals.ts'
import { mostOf } from './most.ts'
import { openTo } from './open-to.ts'

/**
 * A shares a cluster, with nodes that carry viewers, with B and C. Each thing of A's and of C's has a canary in
 * it, but for the name and the region of that cluster, which are what B may know.
 */
const CANARY = 'canary-5c1d'
const CANARY_C = 'canary-77e0'
const CANARY_VIEWERS = 624_891
const NAME = 'West'
const REGION = 'eu-west'

const nodeInterface = schema.getType('Node')
const nodeTypes = isInterfaceType(nodeInterface)
  ? schema.getPossibleTypes(nodeInterface).map(({ name }) => name)
  : []
let program: TestApp
let owner: Client
let a: Inhabitant
let b: Inhabitant
let c: Inhabitant
/** Global ids of the access of B and of C, as A sees them. */
const accesses: string[] = []
const rowOf = (id: string): string => Buffer.from(id, 'base64').toString().split(':')[1]!

beforeAll(async () => {
  program = await startApp()
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  a = await inhabit(program, CANARY, CANARY_VIEWERS, nodeTypes)
  b = await inhabit(program, 'alpha', 11, nodeTypes)
  c = await inhabit(program, CANARY_C, CANARY_VIEWERS + 1, nodeTypes)
  const cluster = a.ids.Cluster![0]!
  await mutate(a.client, 'updateCluster', { id: cluster, name: NAME, region: REGION, maxViewers: 77 })
  for (const { word } of [b, c]) {
    const input = { clusterId: cluster, tenantSlug: `${word}-tenant`, maxViewers: word.length }
    const { clusterAccess } = (await mutate(a.client, 'grantClusterAccess', input)) as never as {
      clusterAccess: { id: string }
    }
    accesses.push(clusterAccess.id)
  }
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

/** What B was told but for whose the cluster is. */
const toldB = (answer: unknown): string => JSON.stringify(answer).replaceAll(`"${CANARY}-tenant"`, '""')
const expectNothing = (text: string): void => {
  for (const secret of [
    CANARY,
    CANARY_C,
    String(CANARY_VIEWERS),
    a.tenant,
    c.tenant,
    '77777',
    ...a.globalIds,
    ...accesses,
  ])
    expect(text).not.toContain(secret)
}
const asB = async <R = Record<string, never>>(query: string, variables: object = {}) =>
  (await b.client.request<R, object>(query, variables)) as Answer<R>

type SharedPage = { sharedClusters: { totalCount: number; nodes: Record<string, unknown>[] } }
const fields = Object.keys((schema.getType('SharedCluster') as never as { getFields(): object }).getFields())

test('B sees of the cluster its name, region, purpose and health, whose it is, and its own terms: nothing else there is', async () => {
  expect(fields).toEqual([
    'createdAt',
    'expiresAt',
    'health',
    'id',
    'level',
    'maxBandwidthMbps',
    'maxStreams',
    'maxViewers',
    'name',
    'ownerSlug',
    'region',
    'type',
  ])
  const { data } = await asB<SharedPage>(
    `{ sharedClusters(filter: { name: { eq: "${NAME}" } }) { totalCount nodes { ${fields.join(' ')} } } }`,
  )
  expect(data!.sharedClusters).toMatchObject({
    totalCount: 1,
    nodes: [
      {
        name: NAME,
        region: REGION,
        type: 'CENTRAL',
        level: 'SHARED',
        ownerSlug: `${CANARY}-tenant`,
        maxViewers: 5,
      },
    ],
  })
  expectNothing(toldB(data))
})

const queries = rootFields(schema).filter(
  ({ operation, field }) => operation === 'query' && field.name !== 'rateLimit' && openTo(field) !== 'people',
)
test.each(queries)(
  "$field.name, asked for everything with what is A's, tells B nothing more",
  async (root) => {
    for (let depth = 5; depth >= 0; depth -= 1) {
      const query = everythingOf(schema, root.operation, root.field, literalsOf(a), depth)
      const answer = await asB<Record<string, unknown>>(query)
      if (depth > 0 && tooMuch.has(answer.errors?.[0]?.extensions?.code ?? '')) continue
      expectNothing(
        toldB({ ...answer, errors: answer.errors?.map(({ message, path }) => ({ message, path })) }),
      )
      return
    }
  },
)

test("ids of A's and C's, and ids forged of what B may know, are those of nothing", async () => {
  const [ofB, ofC] = accesses.map(rowOf)
  const forged = [
    ...nodeTypes.filter((type) => type !== 'SharedCluster').map((type) => globalId(type, ofB!)),
    ...nodeTypes.map((type) => globalId(type, ofC!)),
    ...nodeTypes.map((type) => globalId(type, rowOf(a.ids.Cluster![0]!))),
    ...nodeTypes.map((type) => globalId(type, rowOf(a.ids.EdgeNode![0]!))),
    ...a.globalIds,
    ...c.globalIds,
  ]
  for (let from = 0; from < forged.length; from += 50) {
    const ids = forged.slice(from, from + 50)
    const { data } = await asB<{ nodes: unknown[] }>('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids,
    })
    expect(data!.nodes).toEqual(ids.map(() => null))
  }
  const own = globalId('SharedCluster', ofB!)
  expect(await asB('query ($id: ID!) { node(id: $id) { id } }', { id: own })).toMatchObject({
    data: { node: { id: own } },
  })
})

const filters = [
  ['sharedClusters', { name: { contains: CANARY } }],
  ['sharedClusters', { region: { contains: CANARY } }],
  ['sharedClusters', { not: { or: [{ name: { eq: NAME } }, { name: { startsWith: 'alpha' } }] } }],
  ['clusters', { name: { eq: NAME } }],
  ['clusters', { slug: { startsWith: CANARY } }],
  ['edgeNodes', { name: { contains: CANARY } }],
  ['edgeNodes', { region: { contains: 'canary' } }],
  ['clusterAccesses', { subscriberSlug: { in: ['alpha-tenant', `${CANARY_C}-tenant`] } }],
] as const
test.each(filters)('%s with the filter %j finds and counts nothing for B', async (field, filter) => {
  const { args } = schema.getQueryType()!.getFields()[field]!
  const { type } = args.find(({ name }) => name === 'filter')!
  const { data } = await asB<Record<string, unknown>>(
    `query ($filter: ${String(type)}) { ${field}(filter: $filter) { totalCount nodes { id } } }`,
    { filter },
  )
  expect(data).toEqual({ [field]: { totalCount: 0, nodes: [] } })
})

test("a cursor of C's list leads B through its own alone, and every order has the same two", async () => {
  const query = `query ($after: String, $orderBy: SharedClusterOrder) {
    sharedClusters(after: $after, orderBy: $orderBy) { edges { cursor node { name } } } }`
  type Edges = { sharedClusters: { edges: { cursor: string; node: { name: string } }[] } }
  const own = ['alpha-neighbour-cluster', NAME]
  for (const field of ['NAME', 'EXPIRES_AT'])
    for (const direction of ['ASC', 'DESC']) {
      const orderBy = { field, direction }
      const mine = (await asB<Edges>(query, { orderBy })).data!.sharedClusters.edges
      expect(mine.map(({ node }) => node.name).toSorted()).toEqual(own.toSorted())
      const theirs = (await c.client.request<Edges, object>(query, { orderBy })).data!.sharedClusters.edges
      expect(theirs).toHaveLength(2)
      for (const { cursor } of theirs) {
        const { edges } = (await asB<Edges>(query, { orderBy, after: cursor })).data!.sharedClusters
        for (const { node } of edges) expect(own).toContain(node.name)
      }
    }
})

test("the names of A's nodes measure nothing for B", async () => {
  const node = `${a.word}-node-1`
  const question = `{ analytics { nodeLoad(nodeName: "${node}", range: { last: "PT10M" }) { samples nodes cpuPercent }
    viewersNow(by: EDGE_NODE) { groups { key } } clustersNearLimits { slug } nodesInTrouble { nodeName } } }`
  type Load = { analytics: { nodeLoad: object } }
  const ofA = (await a.client.request<Load, object>(question)).data!
  expect(ofA.analytics.nodeLoad).toMatchObject({ nodes: '1' })
  const { data, errors } = await asB<Load>(question)
  expect(errors).toBeUndefined()
  expect(data!.analytics.nodeLoad).toEqual({ samples: '0', nodes: '0', cpuPercent: null })
  expectNothing(toldB(data))
})

const rows = async (): Promise<string> => {
  const texts: unknown[] = []
  for (const table of ['clusters', 'edge_nodes', 'cluster_accesses', 'bootstrap_tokens'])
    texts.push(
      (await owner.query(`SELECT * FROM ${table} WHERE tenant_id = $1 ORDER BY id`, [a.tenant])).rows,
    )
  return JSON.stringify(texts)
}
/** As many as one operation may have root fields. */
const AT_ONCE = 20
const mutations = idMutations(schema).filter(({ field }) => openTo(field) === 'keys')
test.each(mutations)(
  "$name of what is A's in $place changes nothing of A's",
  async ({ place, documentOf, variables }) => {
    const before = await rows()
    const given = variables(literalsOf(b))
    const all = [
      ...Object.values(a.ids).map(([first]) => first!),
      ...accesses,
      globalId('SharedCluster', rowOf(accesses[1]!)),
    ]
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const ids = all.slice(from, from + AT_ONCE)
      const inputs = ids.map((id, index) => [`of${index}`, given(id).input])
      const answer = await asB<Record<string, { code?: string }>>(
        documentOf(ids.length),
        Object.fromEntries(inputs),
      )
      const codes = ids.map((_id, index) => {
        const error = answer.errors?.find(({ path }) => path?.[0] === `of${index}`)
        return answer.data?.[`of${index}`]?.code ?? error?.extensions?.code
      })
      const refused = expect.stringMatching(/^(NOT_FOUND|VALIDATION_FAILED|BAD_REQUEST)$/) as string
      expect([place, ...codes]).toEqual([place, ...ids.map(() => refused)])
      expectNothing(ids.reduce((text, id) => text.replaceAll(id, ''), toldB(answer)))
    }
    expect(await rows()).toBe(before)
  },
)

test('no subscription tells B anything while A is busy', async () => {
  const live = b.client.webSocket()
  const heard: string[] = []
  const subscriptions = rootFields(schema).filter(({ operation }) => operation === 'subscription')
  const streams = subscriptions.map(({ field }) => live.subscribe(mostOf(field, literalsOf(b)) as never, {}))
  const ended = streams.map(async (values) => {
    for await (const value of values) heard.push(toldB(value))
  })
  await eventually(() => expect(heard.length).toBeGreaterThanOrEqual(subscriptions.length), 25_000)
  await a.busy(`${CANARY} again`)
  const mark = `alpha-${uuidv7()}`
  await b.busy(mark, 4_321)
  await eventually(() => {
    for (const { field } of subscriptions)
      expect(heard.filter((text) => text.includes(`"${field.name}"`)).join('')).toMatch(
        new RegExp(`${mark}|"4321"`),
      )
  }, 25_000)
  for (const values of streams) await values.return?.()
  await Promise.all(ended)
  await live.close()
  expectNothing(heard.join(''))
})

test('below the program too: B reads its row while it holds, may end it, and changes and makes none', async () => {
  const role = new Client({ connectionString: program.databases.postgresUrl })
  await role.connect()
  const tried = async (text: string, values: unknown[] = []): Promise<number | string> => {
    await role.query('BEGIN')
    try {
      await role.query(`SELECT set_config('app.tenant_id', $1, true)`, [b.tenant])
      return (await role.query(text, values)).rowCount ?? 0
    } catch (error) {
      return (error as { code: string }).code
    } finally {
      await role.query('ROLLBACK')
    }
  }
  try {
    const [ofB, ofC] = accesses.map(rowOf)
    const select = 'SELECT FROM cluster_accesses WHERE tenant_id = $1'
    expect(await tried(select, [a.tenant])).toBe(1)
    expect(await tried('SELECT FROM cluster_accesses WHERE id = $1', [ofC])).toBe(0)
    for (const table of ['clusters', 'edge_nodes', 'tenants', 'audit_logs'])
      expect(
        await tried(`SELECT FROM ${table} WHERE ${table === 'tenants' ? 'id' : 'tenant_id'} = $1`, [
          a.tenant,
        ]),
      ).toBe(0)
    expect(await tried('UPDATE cluster_accesses SET max_viewers = 9 WHERE id = $1', [ofB])).toBe(0)
    expect(await tried('DELETE FROM cluster_accesses WHERE id = $1', [ofB])).toBe(1)
    expect(await tried('DELETE FROM cluster_accesses WHERE id = $1', [ofC])).toBe(0)
    const columns = 'owner_slug, cluster_id, subscriber_slug, level, name, region, type, health'
    const insert = `INSERT INTO cluster_accesses (id, tenant_id, subscriber_id, ${columns})
      SELECT $1, $2, $3, ${columns} FROM cluster_accesses WHERE id = $4`
    expect(await tried(insert, [uuidv7(), a.tenant, c.tenant, ofB])).toBe('42501')
    expect(await tried(insert, [uuidv7(), b.tenant, c.tenant, ofB])).toBe('23503') // the cluster is not B's
    await owner.query(`UPDATE cluster_accesses SET expires_at = now() WHERE id = $1`, [ofB])
    expect(await tried(select, [a.tenant])).toBe(0)
  } finally {
    await role.end()
  }
})
