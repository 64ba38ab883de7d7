import { afterAll, beforeAll, expect, test } from 'vitest'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { statementsDuring } from '../testkit/statements.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const slugs = ['n-1', 'n-2', 'n-3', 'n-4']
const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const { service } = program.app.modules.edgeNodes
  await service.ensure(
    tenant,
    ['c', 'other'].map((slug) => ({ slug, name: slug })),
    [...slugs.map((slug) => ({ slug, cluster: 'c' })), { slug: 'far', cluster: 'other' }].map((node) => ({
      ...node,
      name: node.slug,
      region: '',
    })),
  )
  const now = new Date()
  const heard = (healthScore: number) => [{ at: now, healthScore }]
  await service.follow(
    trustedPermit<'infrastructure:write'>(tenant, programActor('test')),
    new Map([
      ['n-1', heard(90)],
      ['n-2', heard(70)],
      ['n-3', heard(10)],
      ['far', heard(99)],
    ]),
  )
  const ask = async <T>(query: string): Promise<T> => {
    const { data, errors } = await client.request<T, object>(query)
    if (errors) throw new Error(JSON.stringify(errors))
    return data!
  }
  const watch = async (
    samples: readonly (readonly [stream: string, node: string, viewers: number, country?: string])[],
  ) => {
    const items = samples.map(([internal_name, node_id, viewer_count, country_code = 'NL'], n) => ({
      time: new Date(Date.now() - 1_000 + n).toISOString(),
      internal_name,
      node_id,
      viewer_count,
      country_code,
    }))
    expect((await client.ingest('viewer_samples', items)).body).toMatchObject({ accepted: items.length })
    await program.app.ingest.flushed()
  }
  return { tenant, client, ask, watch }
}

const AUDIENCE =
  '{ edgeNodes { nodes { slug audience { viewers streams { internalName viewers otherNodes } } } } }'
type Streams = { internalName: string; viewers: string; otherNodes: number }[]
type Audience = { edgeNodes: { nodes: { slug: string; audience: { viewers: string; streams: Streams } }[] } }

const of = (internalName: string, viewers: number, otherNodes: number) => ({
  internalName,
  viewers: String(viewers),
  otherNodes,
})

test('who is on each node: the latest samples, summed by stream, and who else carries it', async () => {
  const { ask, watch } = await open()
  const other = await open()
  await other.watch([['a', 'n-1', 500]]) // of another tenant, with the same names
  await watch([
    ['a', 'n-1', 90],
    ['a', 'n-1', 10], // the newer one counts
    ['a', 'n-1', 5, 'DE'],
    ['a', 'n-2', 3],
    ['b', 'n-1', 7],
    ['b', 'n-2', 0], // carries it to nobody
    ['c', 'n-2', 1],
    ['d', 'nowhere', 9],
  ])
  const { edgeNodes } = await ask<Audience>(AUDIENCE)
  expect(edgeNodes.nodes).toEqual([
    { slug: 'far', audience: { viewers: '0', streams: [] } },
    { slug: 'n-1', audience: { viewers: '22', streams: [of('a', 15, 1), of('b', 7, 0)] } },
    { slug: 'n-2', audience: { viewers: '4', streams: [of('a', 3, 1), of('c', 1, 0)] } },
    { slug: 'n-3', audience: { viewers: '0', streams: [] } },
    { slug: 'n-4', audience: { viewers: '0', streams: [] } },
  ])
  // The whole is that of the viewers of the tenant but for a node that nobody made.
  const { analytics } = await ask<{ analytics: { viewersNow: { total: string } } }>(
    '{ analytics { viewersNow(by: EDGE_NODE) { total } } }',
  )
  expect(Number(analytics.viewersNow.total)).toBe(22 + 4 + 9)
})

test('what a drain would move, and who would take it: nodes of the cluster that are fit and take viewers', async () => {
  const { client, ask, watch } = await open()
  await watch([
    ['a', 'n-1', 10],
    ['a', 'n-2', 1],
    ['b', 'n-1', 4],
  ])
  type Node = { id: string; slug: string; routingImpact: { takers: { slug: string }[] } }
  const impact = async (slug: string) => {
    const { edgeNodes } = await ask<{ edgeNodes: { nodes: Node[] } }>(
      `{ edgeNodes(filter: { slug: { eq: "${slug}" } }) { nodes { id slug routingImpact {
         viewers streamsWithoutOther streams { internalName viewers } takers { slug } } } } }`,
    )
    return edgeNodes.nodes[0]!
  }
  const { id, routingImpact } = await impact('n-1')
  expect(routingImpact).toEqual({
    viewers: '14',
    streamsWithoutOther: 1,
    streams: [
      { internalName: 'a', viewers: '10' },
      { internalName: 'b', viewers: '4' },
    ],
    takers: [{ slug: 'n-2' }], // n-3 is unhealthy, n-4 was never heard, far is of another cluster
  })
  expect((await impact('n-2')).routingImpact.takers).toEqual([{ slug: 'n-1' }])
  await client.request(
    'mutation ($input: SetEdgeNodeModeInput!) { setEdgeNodeMode(input: $input) { __typename } }',
    {
      input: { id, mode: 'DRAINING' },
    } as never,
  )
  expect((await impact('n-2')).routingImpact.takers).toEqual([])
})

test('each number of the overview is that of the list or field that it sums up', async () => {
  const { ask, watch, client, tenant } = await open()
  await watch([
    ['a', 'n-1', 10],
    ['b', 'n-9', 5],
  ])
  const live = await program.seed.stream(tenant)
  await program.seed.stream(tenant)
  const run = (name: string, input: object) =>
    client.request(
      `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename } }`,
      { input } as never,
    )
  await run('startStream', { id: live.globalId })
  for (const title of ['One', 'Two']) await run('openIncident', { title, severity: 'LOW' })
  const counted = '{ totalCount }'
  const { analytics, ...lists } = await ask<{
    analytics: { overview: Record<string, unknown>; viewersNow: { total: string } }
  }>(`{
    analytics { overview { streamsLive viewersNow incidentsOpen edgeNodesByHealth { health edgeNodes } } viewersNow(by: STREAM) { total } }
    streams(filter: { status: { eq: LIVE } }) ${counted}
    incidents(filter: { status: { in: [OPEN, INVESTIGATING] } }) ${counted}
    HEALTHY: edgeNodes(filter: { health: { eq: HEALTHY } }) ${counted}
    DEGRADED: edgeNodes(filter: { health: { eq: DEGRADED } }) ${counted}
    UNHEALTHY: edgeNodes(filter: { health: { eq: UNHEALTHY } }) ${counted}
    STALE: edgeNodes(filter: { health: { eq: STALE } }) ${counted}
  }`)
  const countOf = (list: string): number =>
    (lists as Record<string, { totalCount: number }>)[list]!.totalCount
  expect(analytics.overview).toEqual({
    streamsLive: countOf('streams'),
    viewersNow: analytics.viewersNow.total,
    incidentsOpen: countOf('incidents'),
    edgeNodesByHealth: ['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'STALE'].map((health) => ({
      health,
      edgeNodes: countOf(health),
    })),
  })
  expect([
    countOf('streams'),
    countOf('incidents'),
    countOf('HEALTHY'),
    countOf('DEGRADED'),
    countOf('UNHEALTHY'),
    countOf('STALE'),
  ]).toEqual([1, 2, 2, 1, 1, 1])
})

test('the audience of a page of nodes is one question', async () => {
  const { ask, watch } = await open()
  await watch([['a', 'n-1', 1]])
  const one = await statementsDuring(() => ask(AUDIENCE.replace('edgeNodes', 'edgeNodes(first: 1)')))
  const all = await statementsDuring(() => ask(AUDIENCE))
  expect(all).toHaveLength(one.length)
})
