import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
import { follow, type Item } from '../testkit/story.ts'
import { eventually } from '../testkit/waiters.ts'

/** The program's clock: the test moves it, so that a minute of silence takes no minute. */
let aheadMs = 0
const clock = { now: () => Date.now() + aheadMs }
const at = (agoMs = 0): string => new Date(clock.now() - agoMs).toISOString()
let program: TestApp
beforeAll(async () => void (program = await startApp({ clock })))
afterAll(() => program.stop())

test('two nodes register, viewers are routed, one degrades, is avoided, falls silent, is drained and comes back; every question and every subscription tells the same', async () => {
  const { key, tenant } = await program.seed.tenant()
  const operator = createTestClient(program.url, key)
  const run = (name: string, input: object): Promise<Payload> => mutate(operator, name, input)
  const ask = async <T>(query: string): Promise<T> => {
    const { data, errors } = await operator.request<T, object>(query)
    if (errors) throw new Error(JSON.stringify(errors))
    return data!
  }
  const changes = follow(
    operator,
    'edgeNodeChanged',
    '... on EdgeNodeChanged { kind slug health mode note } ... on Resync { reason }',
  )
  const all = follow(operator, 'tenantActivity', '__typename ... on Resync { reason }')
  for (const each of [changes, all]) expect(await each.next()).toMatchObject({ reason: 'STARTED' })

  // A cluster, and two machines with a token each.
  const { cluster } = (await run('createCluster', { slug: 'eu', maxViewers: 100 })) as unknown as {
    cluster: { id: string }
  }
  const register = async (slug: string) => {
    const { token } = (await run('createBootstrapToken', {
      clusterId: cluster.id,
      name: slug,
    })) as unknown as { token: string }
    const machine = createTestClient(program.url, undefined)
    const { apiKey } = (await mutate(machine, 'registerEdgeNode', {
      token,
      slug,
      region: 'eu',
    })) as unknown as { apiKey: string }
    return createTestClient(program.url, apiKey)
  }
  const [one, two] = [await register('n-1'), await register('n-2')]
  for (const slug of ['n-1', 'n-2']) expect(await changes.next()).toMatchObject({ kind: 'REGISTERED', slug })

  const sends = async (node: typeof one, health_score: number, connections_current: number) => {
    const sample = {
      time: at(),
      health_score,
      connections_current,
      cpu_percent: 100 - health_score / 2,
      bandwidth_out: connections_current * 1e6,
    }
    expect((await node.ingest('node_samples', [sample])).body).toMatchObject({ accepted: 1, rejected: [] })
  }
  const idOf = async (slug: string): Promise<string> => {
    const { edgeNodes } = await ask<{ edgeNodes: { nodes: { id: string }[] } }>(
      `{ edgeNodes(filter: { slug: { eq: "${slug}" } }) { nodes { id } } }`,
    )
    return edgeNodes.nodes[0]!.id
  }
  const id = await idOf('n-1')
  const load = follow(
    operator,
    'edgeNodeLoad',
    'sample { healthScore connections }',
    `id: ${JSON.stringify(id)}`,
  )
  expect(await load.next()).toEqual({ sample: null })
  await sends(one, 95, 0)
  await sends(two, 90, 0)
  for (const slug of ['n-1', 'n-2'])
    expect(await changes.next()).toMatchObject({ kind: 'HEALTH_CHANGED', slug, health: 'HEALTHY' })

  /** A router asks who takes viewers, takes the best, and tells what it did. */
  const routings = follow(
    operator,
    'routingEvents',
    '... on RoutingEventStored { event { nodeName outcome scores { nodeName score } } } ... on Resync { reason }',
  )
  await routings.next()
  const router = createTestClient(program.url, await program.seed.key(tenant, ['read', 'ingest']))
  const route = async (): Promise<string> => {
    const fit = 'filter: { mode: { eq: NORMAL }, health: { in: [HEALTHY, DEGRADED] } }'
    const { data } = await router.request<
      { edgeNodes: { nodes: { slug: string; healthScore: number }[] } },
      object
    >(`{ edgeNodes(${fit}) { nodes { slug healthScore } } }`)
    const scores = data!.edgeNodes.nodes.toSorted((a, b) => b.healthScore - a.healthScore)
    const selected = scores[0]?.slug ?? ''
    const decision = {
      time: at(),
      internal_name: 'talk',
      selected_node: selected,
      status: selected ? 'success' : 'failed',
      client_country: 'NL',
      distance_km: 10,
      node_scores: Object.fromEntries(scores.map(({ slug, healthScore }) => [slug, healthScore])),
    }
    expect((await router.ingest('routing_events', [decision])).body).toMatchObject({ accepted: 1 })
    expect(await routings.next()).toMatchObject({
      event: { nodeName: selected, outcome: selected ? 'SUCCEEDED' : 'FAILED' },
    })
    return selected
  }
  expect([await route(), await route()]).toEqual(['n-1', 'n-1'])
  await one.ingest('viewer_samples', [
    { time: at(), internal_name: 'talk', viewer_count: 2, country_code: 'NL' },
  ])
  await sends(one, 94, 2)
  await load.until({ sample: { connections: 2 } })

  // It degrades, and the router avoids it.
  await sends(one, 60, 2)
  expect(await changes.next()).toMatchObject({ slug: 'n-1', health: 'DEGRADED' })
  expect(await route()).toBe('n-2')
  await sends(one, 20, 2)
  expect(await changes.next()).toMatchObject({ slug: 'n-1', health: 'UNHEALTHY' })
  await load.until({ sample: { healthScore: 20 } })
  const trouble = await ask<{ analytics: Record<string, unknown> }>(
    '{ analytics { overview { edgeNodesByHealth { health edgeNodes } } nodesInTrouble { edgeNode { slug } } } }',
  )
  expect(trouble.analytics).toMatchObject({ nodesInTrouble: [{ edgeNode: { slug: 'n-1' } }] })

  // The operator looks at what a drain would move, and drains it.
  const { edgeNodes } = await ask<{ edgeNodes: { nodes: Item[] } }>(
    '{ edgeNodes(filter: { slug: { eq: "n-1" } }) { nodes { routingImpact { viewers streamsWithoutOther takers { slug } } audience { viewers } } } }',
  )
  expect(edgeNodes.nodes).toEqual([
    {
      routingImpact: { viewers: '2', streamsWithoutOther: 1, takers: [{ slug: 'n-2' }] },
      audience: { viewers: '2' },
    },
  ])
  await run('setEdgeNodeMode', { id, mode: 'DRAINING', note: 'Bad disk' })
  expect(await changes.next()).toMatchObject({
    kind: 'MODE_CHANGED',
    mode: 'DRAINING',
    note: 'Bad disk',
    health: 'UNHEALTHY',
  })

  // It falls silent, and is STALE in time; the other one goes on.
  aheadMs += 45_000
  await sends(two, 91, 2)
  await eventually(async () => {
    const heard = await ask<{ edgeNodes: { nodes: Item[] } }>(
      '{ edgeNodes(filter: { slug: { eq: "n-2" } }) { nodes { healthScore } } }',
    )
    expect(heard.edgeNodes.nodes).toEqual([{ healthScore: 91 }])
  })
  aheadMs += 17_000
  expect(await changes.next()).toMatchObject({
    slug: 'n-1',
    kind: 'HEALTH_CHANGED',
    health: 'STALE',
    mode: 'DRAINING',
  })
  await load.until({ sample: null })
  expect(await route()).toBe('n-2')

  // It comes back.
  await sends(one, 99, 0)
  expect(await changes.next()).toMatchObject({ slug: 'n-1', health: 'HEALTHY', mode: 'DRAINING' })
  expect(await route()).toBe('n-2') // it is drained still
  await run('setEdgeNodeMode', { id, mode: 'NORMAL' })
  expect(await changes.next()).toMatchObject({ kind: 'MODE_CHANGED', mode: 'NORMAL' })
  expect(await route()).toBe('n-1')

  // What is asked afterwards.
  await program.app.ingest.flushed()
  const asked = await ask<{ analytics: Item; edgeNodes: { nodes: Item[] }; clusters: { nodes: Item[] } }>(`{
    analytics {
      overview { edgeNodesByHealth { health edgeNodes } }
      routing { decisions succeeded groups(by: NODE) { key decisions } }
      nodesInTrouble { edgeNode { slug } }
    }
    edgeNodes { nodes { slug health mode routing { decisions } currentLoad { healthScore connections } load { minHealthScore samples } } }
    clusters { nodes { slug maxViewers edgeNodes { totalCount } } }
  }`)
  expect(asked).toMatchObject({
    analytics: {
      overview: {
        edgeNodesByHealth: [
          { health: 'HEALTHY', edgeNodes: 2 },
          { edgeNodes: 0 },
          { edgeNodes: 0 },
          { edgeNodes: 0 },
        ],
      },
      routing: {
        decisions: '6',
        succeeded: '6',
        groups: [
          { key: 'n-1', decisions: '3' },
          { key: 'n-2', decisions: '3' },
        ],
      },
      nodesInTrouble: [],
    },
    edgeNodes: {
      nodes: [
        {
          slug: 'n-1',
          health: 'HEALTHY',
          mode: 'NORMAL',
          routing: { decisions: '3' },
          currentLoad: { healthScore: 99 },
          load: { minHealthScore: 20 },
        },
        { slug: 'n-2', health: 'HEALTHY', mode: 'NORMAL', routing: { decisions: '3' } },
      ],
    },
    clusters: { nodes: [{ slug: 'eu', maxViewers: 100, edgeNodes: { totalCount: 2 } }] },
  })
  // The firehose has each change and each decision once.
  await eventually(async () => {
    while (all.told.length < 1 + changes.told.length - 1 + 6) await all.next()
  })
  const counts = Object.groupBy(all.told.slice(1), ({ __typename }) => String(__typename))
  expect(Object.fromEntries(Object.entries(counts).map(([type, of]) => [type, of!.length]))).toEqual({
    EdgeNodeChanged: changes.told.length - 1,
    RoutingEventStored: 6,
  })
})
