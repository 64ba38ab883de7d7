import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { statementsDuring } from '../testkit/statements.ts'
import { settled } from '../testkit/waiters.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const START = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 6 * 3_600_000
type Sent = {
  readonly event_id: string
  readonly time: string
  readonly internal_name: string
  readonly selected_node?: string
  readonly status?: string
  readonly client_country?: string
  readonly distance_km?: number
  readonly score?: number
}
/** A decision every seven seconds for an hour, as a small formula has it: every tenth finds no node or fails. */
const decisions = (streams: readonly string[]): Sent[] =>
  Array.from({ length: 514 }, (_, n): Sent => ({
    event_id: uuidv7(),
    time: new Date(START + n * 7_000).toISOString(),
    internal_name: streams[n % streams.length]!,
    ...(n % 20 !== 0 && { selected_node: `n-${n % 3}` }),
    status: n % 20 === 10 ? 'FAILED' : 'success',
    client_country: ['NL', 'DE', 'FR'][n % 7] ?? 'ZZ',
    ...(n % 4 !== 0 && { distance_km: ((n * 37) % 1_000) + 0.125, score: n % 100 }),
  }))
const succeeded = ({ selected_node = '', status }: Sent): boolean =>
  selected_node !== '' && status !== 'FAILED'
const meanOf = (values: (number | undefined)[]): number | null => {
  const given = values.filter((value) => value !== undefined)
  return given.length > 0 ? given.reduce((sum, value) => sum + value, 0) / given.length : null
}
const close = (value: number | null) => (value === null ? null : expect.closeTo(value, 9))
const counted = (some: readonly Sent[]) => ({
  decisions: String(some.length),
  succeeded: String(some.filter(succeeded).length),
  successRate: some.length > 0 ? some.filter(succeeded).length / some.length : null,
  averageDistanceKm: close(meanOf(some.map((each) => each.distance_km))),
  averageScore: close(meanOf(some.map((each) => each.score))),
})

const post = async (client: TestClient, events: readonly object[]): Promise<void> => {
  expect((await client.ingest('routing_events', events)).body).toMatchObject({ accepted: events.length })
  await program.app.ingest.flushed()
}
const COUNTS = 'decisions succeeded successRate averageDistanceKm averageScore'
const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const ask = async <T>(query: string, variables: object = {}): Promise<T> => {
    const { data, errors } = await client.request<T, object>(query, variables)
    if (errors) throw new Error(JSON.stringify(errors))
    return data!
  }
  const slugs = ['n-0', 'n-1', 'n-2']
  await program.app.modules.edgeNodes.service.ensure(
    tenant,
    [{ slug: 'c', name: 'c' }],
    slugs.map((slug) => ({ slug, name: slug, cluster: 'c', region: '' })),
  )
  return { tenant, client, ask }
}

test('decisions in one batch, in many, out of order, late and twice: series, groups and lists say what a plain count says', async () => {
  const { tenant, client, ask } = await open()
  const [{ internalName: one }, { internalName: two }] = [
    await program.seed.stream(tenant),
    await program.seed.stream(tenant),
  ]
  const sent = decisions([one, two, 'unknown'])
  const other = await open()
  await post(other.client, decisions([one, two])) // of another tenant, with the same names
  const mixed = sent.toSorted((a, b) => (a.event_id.slice(-4) < b.event_id.slice(-4) ? -1 : 1))
  await post(client, mixed.slice(0, 300))
  for (let from = 300; from < mixed.length; from += 30) await post(client, mixed.slice(from, from + 30))
  expect((await client.ingest('routing_events', mixed.slice(100, 200))).body).toMatchObject({
    duplicates: 100,
  })

  const range = { from: new Date(START).toISOString(), to: new Date(START + 3_600_000).toISOString() }
  type Group = { key: string }
  type Series = { points: { time: string }[] } & Record<string, unknown>
  type Answer = {
    analytics: {
      routing: Series & Record<'nodes' | 'countries' | 'streams' | 'statuses', Group[]>
      failed: Series
    }
    edgeNodes: {
      nodes: {
        slug: string
        routing: Series & { countries: Group[] }
        routingEvents: { totalCount: string }
      }[]
    }
    streams: { nodes: { internalName: string; routingEvents: { totalCount: string } }[] }
  }
  const parts = `from to step ${COUNTS} points { time ${COUNTS} }`
  const groups = [
    'nodes: groups(by: NODE)',
    'countries: groups(by: COUNTRY)',
    'streams: groups(by: STREAM)',
    'statuses: groups(by: STATUS)',
  ]
  const { analytics, edgeNodes, streams } = await ask<Answer>(
    `query ($range: TimeRangeInput!) {
      analytics {
        routing(range: $range, step: "PT5M") { ${parts} ${groups.map((each) => `${each} { key ${COUNTS} }`).join(' ')} }
        failed: routing(range: $range, step: "PT5M", filter: { outcome: { eq: FAILED } }) { ${COUNTS} }
      }
      edgeNodes { nodes { slug routingEvents(range: $range) { totalCount }
        routing(range: $range, step: "PT5M") { ${parts} countries: groups(by: COUNTRY) { key ${COUNTS} } } } }
      streams { nodes { internalName routingEvents(range: $range) { totalCount } } }
    }`,
    { range },
  )
  const pointsOf = (some: readonly Sent[]) =>
    Array.from({ length: 12 }, (_, bucket) => {
      const startMs = START + bucket * 300_000
      const inBucket = some.filter(({ time }) => Math.floor((Date.parse(time) - startMs) / 300_000) === 0)
      return { time: new Date(startMs).toISOString(), ...counted(inBucket) }
    })
  const groupsOf = (some: readonly Sent[], keyOf: (each: Sent) => string) =>
    Array.from(Map.groupBy(some, keyOf), ([key, of]) => ({ key, ...counted(of) })).toSorted(
      (a, b) => Number(b.decisions) - Number(a.decisions) || (a.key < b.key ? -1 : 1),
    )
  expect(analytics.routing).toEqual({
    ...range,
    step: 'PT5M',
    ...counted(sent),
    points: pointsOf(sent),
    nodes: groupsOf(sent, ({ selected_node = '' }) => selected_node),
    countries: groupsOf(sent, ({ client_country = 'ZZ' }) => client_country),
    streams: groupsOf(sent, ({ internal_name }) => internal_name),
    statuses: groupsOf(sent, ({ status = '' }) => status),
  })
  expect(analytics.failed).toEqual(counted(sent.filter((each) => !succeeded(each))))
  expect(edgeNodes.nodes.map(({ slug }) => slug)).toEqual(['n-0', 'n-1', 'n-2'])
  for (const { slug, routing, routingEvents } of edgeNodes.nodes) {
    const ofNode = sent.filter(({ selected_node }) => selected_node === slug)
    expect(routing).toEqual({
      ...range,
      step: 'PT5M',
      ...counted(ofNode),
      points: pointsOf(ofNode),
      countries: groupsOf(ofNode, ({ client_country = 'ZZ' }) => client_country),
    })
    expect(routingEvents.totalCount).toBe(String(ofNode.length))
  }
  for (const { internalName, routingEvents } of streams.nodes)
    expect(routingEvents.totalCount).toBe(
      String(sent.filter(({ internal_name }) => internal_name === internalName).length),
    )
})

const WHY = `{ routingEvents(first: 1) { nodes { nodeName outcome status details score distanceKm clientAddress latitude
  edgeNode { slug } stream { title } scores { nodeName score reason edgeNode { slug } } metadata } } }`

test('why a viewer was sent there: all nodes that were looked at, best first, and no address', async () => {
  const { tenant, client, ask } = await open()
  const { internalName } = await program.seed.stream(tenant)
  const decision = {
    time: new Date().toISOString(),
    stream_name: internalName,
    selected_node: 'n-1',
    status: 'redirect',
    details: 'nearest with room',
    score: 93.5,
    client_ip: '203.0.113.7',
    client_latitude: 52.3702,
    routing_distance_km: 12.3,
    node_scores: { 'n-0': { score: 12, reason: 'draining' }, 'n-1': 93.5, 'n-9': { reason: 'stale' } },
    routing_metadata: { try: 2 },
  }
  await post(client, [decision])
  type Answer = { routingEvents: { nodes: Record<string, unknown>[] } }
  expect((await ask<Answer>(WHY)).routingEvents.nodes).toEqual([
    {
      nodeName: 'n-1',
      outcome: 'SUCCEEDED',
      status: 'redirect',
      details: 'nearest with room',
      score: 93.5,
      distanceKm: 12.3,
      clientAddress: '203.0.113.0/24',
      latitude: expect.closeTo(52.4, 5),
      edgeNode: { slug: 'n-1' },
      stream: { title: expect.any(String) },
      scores: [
        { nodeName: 'n-1', score: 93.5, reason: '', edgeNode: { slug: 'n-1' } },
        { nodeName: 'n-0', score: 12, reason: 'draining', edgeNode: { slug: 'n-0' } },
        { nodeName: 'n-9', score: null, reason: 'stale', edgeNode: null },
      ],
      metadata: { try: 2 },
    },
  ])
  expect(
    (
      await client.ingest('routing_events', [
        { ...decision, distance_km: 30_000, routing_distance_km: undefined },
      ])
    ).body,
  ).toMatchObject({
    rejected: [{ message: expect.stringContaining('distance_km: expected a number from 0 to 20040') }],
  })
})

const live = `subscription ($filter: StoredRoutingEventFilter, $after: String) {
  routingEvents(filter: $filter, after: $after, withStart: true) {
    ... on RoutingEventStored { cursor event { nodeName outcome scores { nodeName score } } }
    ... on Resync { reason cursor }
  }
}` as unknown as TypedDocumentString<
  { routingEvents: { cursor: string; reason?: string; event: { nodeName: string; outcome: string } } },
  object
>

test('each decision is told live, by a filter, and again from a cursor', async () => {
  const { client } = await open()
  const follow = (variables: object) => {
    const values = client.webSocket().subscribe(live, variables)
    return async () => {
      const { value } = await settled(values.next(), 10_000, 'a decision')
      if (!value?.data) throw new Error(JSON.stringify(value))
      return value.data.routingEvents
    }
  }
  const [all, failed] = [follow({}), follow({ filter: { outcome: { eq: 'FAILED' } } })]
  for (const next of [all, failed]) expect((await next()).reason).toBe('STARTED')
  const made = ['n-0', '', 'n-2'].map((selected_node) => ({
    time: new Date().toISOString(),
    internal_name: 's',
    selected_node,
    node_scores: { 'n-0': 1 },
  }))
  await post(client, made)
  const first = await all()
  expect(first.event).toEqual({
    nodeName: 'n-0',
    outcome: 'SUCCEEDED',
    scores: [{ nodeName: 'n-0', score: 1 }],
  })
  expect((await failed()).event.nodeName).toBe('')
  const again = follow({ after: first.cursor })
  for (const next of [all, again])
    for (const name of ['', 'n-2']) expect((await next()).event.nodeName).toBe(name)
})

test('a page of nodes asks no more of the stores than one node does', async () => {
  const { tenant, client, ask } = await open()
  const query = `query ($first: Int!) { edgeNodes(first: $first) { nodes { slug
    routing { decisions groups(by: COUNTRY) { key } } routingEvents(first: 2) { totalCount nodes { edgeNode { slug } } } } } }`
  await post(
    client,
    decisions(['s'])
      .slice(0, 60)
      .map((each) => ({ ...each, time: new Date().toISOString() })),
  )
  expect(tenant).toBeDefined()
  const asked = async (first: number) => {
    const texts = await statementsDuring(() => ask(query, { first }))
    return texts.map(({ text }) => text.replaceAll(/\$\d+(,\$\d+)*/g, '$'))
  }
  const one = await asked(1)
  expect(await asked(3)).toEqual(one)
})
