import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { startProxy } from '../testkit/proxy.ts'
import { settled } from '../testkit/waiters.ts'
import { statementsDuring } from '../testkit/statements.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  return { tenant, client: createTestClient(program.url, key) }
}
const event = (internal_name: string, event_type: string, more: object = {}) => ({
  event_id: uuidv7(),
  timestamp: new Date().toISOString(),
  internal_name,
  event_type,
  ...more,
})
const post = async (client: TestClient, events: readonly object[]): Promise<void> => {
  expect((await client.ingest('connection_events', events)).body).toMatchObject({ accepted: events.length })
  await program.app.ingest.flushed()
}
type Nodes = { nodes: Record<string, unknown>[]; totalCount: string }

test('who came and who left, of a stream and of all: lists, series and shares tell the same', async () => {
  const { tenant, client } = await open()
  const [a, b] = [await program.seed.stream(tenant), await program.seed.stream(tenant)]
  const events = [
    event(a.internalName, 'connect', { session_id: 's1', country_code: 'NL', connector: 'hls' }),
    event(a.internalName, 'connect', { session_id: 's2', country_code: 'DE', connector: 'hls' }),
    event(b.internalName, 'connect', { session_id: 's3', country_code: 'NL', connector: 'webrtc' }),
    event(a.internalName, 'DISCONNECT', {
      session_id: 's1',
      country_code: 'NL',
      connector: 'hls',
      session_duration: 90,
      bytes_transferred: '5000',
    }),
    event('of nobody', 'connect', { country_code: '' }),
  ]
  await post(client, events)
  // The same again counts nothing.
  expect((await client.ingest('connection_events', events)).body).toMatchObject({ duplicates: 5 })
  await program.app.ingest.flushed()

  const counts = 'joins leaves sessions bytes averageSessionSeconds watchedMinutes'
  const { data } = (await client.request(`{
    connectionEvents(first: 2, filter: { eventType: { eq: CONNECT } }) {
      totalCount nodes { eventType internalName sessionSeconds stream { title } }
    }
    streams { nodes {
      internalName
      connections(range: { last: "PT5M" }, step: "PT10S") {
        ${counts} points { joins } countries { key joins share } connectors { key joins share }
      }
      connectionEvents(first: 2, filter: { sessionId: { startsWith: "S" } }) {
        totalCount nodes { sessionId sessionSeconds } pageInfo { hasNextPage }
      }
    } }
    analytics {
      connections(filter: { countryCode: { eq: "NL" } }) { ${counts} countries { key share } }
    }
  }`)) as { data: Record<string, never> }
  const { connectionEvents, streams, analytics } = data as unknown as {
    connectionEvents: Nodes
    streams: { nodes: Record<string, Record<string, unknown>>[] }
    analytics: { connections: object }
  }
  expect(connectionEvents.totalCount).toBe('4')
  for (const node of connectionEvents.nodes)
    expect(node).toMatchObject({ eventType: 'CONNECT', sessionSeconds: null })
  const of = new Map(streams.nodes.map((node) => [node['internalName'] as unknown as string, node]))
  expect(of.get(a.internalName)!['connections']).toMatchObject({
    joins: '2',
    leaves: '1',
    sessions: '2',
    bytes: '5000',
    averageSessionSeconds: 90,
    watchedMinutes: 1.5,
    countries: [
      { key: 'NL', joins: '1', share: 0.5 },
      { key: 'DE', joins: '1', share: 0.5 },
    ],
    connectors: [{ key: 'hls', joins: '2', share: 1 }],
  })
  expect(of.get(a.internalName)!['connectionEvents']).toMatchObject({
    totalCount: '3',
    pageInfo: { hasNextPage: true },
  })
  expect(of.get(b.internalName)!['connectionEvents']).toMatchObject({
    totalCount: '1',
    nodes: [{ sessionId: 's3', sessionSeconds: null }],
    pageInfo: { hasNextPage: false },
  })
  expect(analytics.connections).toEqual({
    joins: '2',
    leaves: '1',
    sessions: '2',
    bytes: '5000',
    averageSessionSeconds: 90,
    watchedMinutes: 1.5,
    countries: [{ key: 'NL', share: 1 }],
  })
})

test('an address and a place are not kept as they came, in no store and no message', async () => {
  const { tenant, client } = await open()
  const stream = await program.seed.stream(tenant)
  const live = client.webSocket()
  type Told = { connectionEvents: { reason?: string; event: Record<string, unknown> } }
  const document = `subscription ($filter: StoredConnectionEventFilter) {
    connectionEvents(filter: $filter, withStart: true) {
      ... on ConnectionEventStored { event { address latitude longitude eventType stream { internalName } } }
      ... on Resync { reason }
    }
  }` as unknown as TypedDocumentString<Told, { filter: object }>
  const values = live.subscribe(document, {
    filter: {
      eventType: { eq: 'CONNECT' },
      countryCode: { in: ['NL', 'ZZ'] },
      internalName: { contains: 'STREAM' },
    },
  })
  const next = async () => (await settled(values.next(), 10_000, 'an event')).value!.data!.connectionEvents
  expect(await next()).toEqual({ reason: 'STARTED' })
  const addresses = ['203.0.113.77', '::ffff:198.51.100.9', '2001:db8:1:2:3:4:5:6', '']
  await post(client, [
    event(stream.internalName, 'disconnect'),
    event(stream.internalName, 'connect', { country_code: 'DE' }),
    ...addresses.map((address) =>
      event(stream.internalName, 'connect', { address, latitude: 52.3702, longitude: 4.8952 }),
    ),
  ])
  const networks = ['203.0.113.0/24', '198.51.100.0/24', '2001:db8:1::/48', '']
  for (const address of networks)
    expect(await next()).toEqual({
      event: {
        address,
        latitude: 52.4,
        longitude: 4.9,
        eventType: 'CONNECT',
        stream: { internalName: stream.internalName },
      },
    })
  await values.return?.()
  await live.close()

  const { data } = (await client.request(
    '{ connectionEvents(filter: { eventType: { eq: CONNECT }, countryCode: { eq: "ZZ" } }) { nodes { address latitude longitude } } }',
  )) as { data: { connectionEvents: Nodes } }
  expect(new Set(data.connectionEvents.nodes.map(({ address }) => address))).toEqual(new Set(networks))
  for (const node of data.connectionEvents.nodes)
    expect(node).toMatchObject({ latitude: 52.4, longitude: 4.9 })
})

test.each([
  [{ address: '203.0.113.7:443' }, 'address: expected an IPv4 or IPv6 address'],
  [{ address: '0x7f.1' }, 'address: expected an IPv4 or IPv6 address'],
  [{ event_type: 'joined' }, 'event_type: expected connect or disconnect'],
  [{ session_duration_s: -1 }, 'session_duration_s: expected a whole number'],
  [{ bytes_transferred: 1e14 }, 'bytes_transferred: expected a whole number from 0 to 10000000000000'],
])('%o is refused by its name, and the rest of the batch is taken', async (part, message) => {
  const { client } = await open()
  const good = event('live', 'connect')
  expect(
    (await client.ingest('connection_events', [{ ...good, event_id: uuidv7(), ...part }, good])).body,
  ).toMatchObject({
    accepted: 1,
    rejected: [{ index: 0, message: expect.stringContaining(message) }],
  })
})

test('a page of streams asks no more than one stream does', async () => {
  const { tenant, client } = await open()
  const ask = async () => {
    const { errors } = await client.request(
      `{ streams(first: 21) { nodes { connections { joins countries { key } }
         connectionEvents(first: 3) { totalCount nodes { stream { title } } } } } }`,
    )
    expect(errors).toBeUndefined()
  }
  const counted = async () => {
    const spy = vi.spyOn(program.databases.clickHouse, 'query')
    try {
      // Whole statements, so that a further one is seen; but for how many values a list of them has.
      const ofPostgres = (await statementsDuring(ask)).map(({ text }) =>
        text.replaceAll(/\$\d+(,\$\d+)*/g, '$'),
      )
      return { ofPostgres, ofClickHouse: spy.mock.calls.map(([{ name }]) => name).toSorted() }
    } finally {
      spy.mockRestore()
    }
  }
  const fill = async () => {
    const { internalName } = await program.seed.stream(tenant)
    await post(client, [event(internalName, 'connect')])
  }
  await fill()
  const one = await counted()
  // A page, its count, the series, its countries.
  expect(one.ofClickHouse).toEqual([
    'audience.connectionCount',
    'audience.connectionGroups',
    'audience.connectionPage',
    'audience.connectionSeries',
  ])
  for (let more = 0; more < 20; more++) await fill()
  expect(await counted()).toEqual(one)
})

test.each(['forward', 'backward'])(
  'the pages of each stream, %s, have every event of it once',
  async (way) => {
    const { tenant, client } = await open()
    const names = [await program.seed.stream(tenant), await program.seed.stream(tenant)].map(
      (each) => each.internalName,
    )
    // Three of each instant, so that a page ends between events of one time.
    const events = Array.from({ length: 14 }, (_, n) => ({
      ...event(names[n % 2]!, 'connect', { session_id: String(n) }),
      timestamp: Date.now() - 60_000 * Math.floor(n / 6),
    }))
    await post(client, events)
    type Edges = {
      edges: { cursor: string; node: { sessionId: string } }[]
      pageInfo: Record<string, boolean>
    }
    for (const [at, name] of names.entries()) {
      const met: string[] = []
      for (let cursor: string | null = null, more = true; more;) {
        const page: string = way === 'forward' ? 'first: 3, after: $cursor' : 'last: 3, before: $cursor'
        const { data } = (await client.request(
          `query ($cursor: String) { streams { nodes { internalName connectionEvents(${page}) {
          edges { cursor node { sessionId } } pageInfo { hasNextPage hasPreviousPage } } } } }`,
          { cursor },
        )) as { data: { streams: { nodes: { internalName: string; connectionEvents: Edges }[] } } }
        const { edges, pageInfo } = data.streams.nodes.find(
          (each) => each.internalName === name,
        )!.connectionEvents
        const ids = edges.map(({ node }) => node.sessionId)
        if (way === 'forward') met.push(...ids)
        else met.unshift(...ids)
        cursor = (way === 'forward' ? edges.at(-1) : edges[0])!.cursor
        more = pageInfo[way === 'forward' ? 'hasNextPage' : 'hasPreviousPage']!
      }
      const order = events
        .filter((_, n) => n % 2 === at)
        .toSorted((a, b) => b.timestamp - a.timestamp || (a.event_id < b.event_id ? 1 : -1))
        .map((each) => (each as unknown as { session_id: string }).session_id)
      expect(met).toEqual(order)
    }
  },
)

test('a subscriber whose line is cut goes on from its cursor: every event once and in order, also those that came meanwhile', async () => {
  const { tenant, key } = await program.seed.tenant()
  const { internalName } = await program.seed.stream(tenant)
  const line = await startProxy(program.url)
  const [near, far] = [createTestClient(program.url, key), createTestClient(line.url.replace(/\/$/, ''), key)]
  type Told = {
    connectionEvents: { cursor: string; reason?: string; event: { eventId: string; sessionId: string } }
  }
  const document = `subscription ($after: String, $withStart: Boolean) {
    connectionEvents(after: $after, withStart: $withStart) {
      ... on ConnectionEventStored { cursor event { eventId sessionId } }
      ... on Resync { reason }
    }
  }` as unknown as TypedDocumentString<Told, { after?: string; withStart?: boolean }>
  const follow = (variables: { after?: string; withStart?: boolean }) => {
    const values = far.webSocket().subscribe(document, variables)
    return {
      values,
      next: async () => (await settled(values.next(), 10_000, 'an event')).value!.data!.connectionEvents,
    }
  }
  const events = Array.from({ length: 30 }, (_, n) =>
    event(internalName, n % 2 === 0 ? 'connect' : 'disconnect', { session_id: `s${n}` }),
  )
  const told: string[] = []
  let live = follow({ withStart: true })
  expect(await live.next()).toEqual({ reason: 'STARTED' })
  // Twice: in the midst of what was told, and again right after it came back.
  for (const [at, how] of [
    [0, 'RST'],
    [10, 'FIN'],
  ] as const) {
    await post(near, events.slice(at, at + 5))
    let cursor = ''
    while (told.length < at + 3) {
      const { event: each, cursor: place } = await live.next()
      told.push(each.eventId)
      cursor = place
    }
    line.fault({ kind: 'cut', how })
    const { values } = live
    const end = async () => {
      while (!(await values.next()).done);
    }
    await expect(settled(end(), 10_000, 'the end')).rejects.toMatchObject({ code: 1006 })
    await post(near, events.slice(at + 5, at + 10))
    // The same again is no event.
    expect((await near.ingest('connection_events', events.slice(at, at + 10))).body).toMatchObject({
      duplicates: 10,
    })
    line.heal()
    live = follow({ after: cursor })
    while (told.length < at + 10) told.push((await live.next()).event.eventId)
  }
  await post(near, events.slice(20))
  while (told.length < 30) told.push((await live.next()).event.eventId)
  expect(told).toEqual(events.map(({ event_id }) => event_id))
  await live.values.return?.()
  await line.close()
})
