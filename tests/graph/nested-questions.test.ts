import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { statementsDuring } from '../testkit/statements.ts'

const MANY = 100
let program: TestApp
let client: TestClient

const slug = (n: number): string => `node-${String(n).padStart(3, '0')}`
const name = (n: number): string => `stream-${String(n).padStart(3, '0')}`

beforeAll(async () => {
  program = await startApp()
  const { tenant, key } = await program.seed.tenant()
  client = createTestClient(program.url, key)
  const { streams, edgeNodes, clips, recordings } = program.app.modules
  const actor = programActor('test')
  const every = Array.from({ length: MANY }, (_, n) => n)
  await edgeNodes.service.ensure(
    tenant,
    [{ slug: 'c', name: 'c' }],
    every.map((n) => ({ slug: slug(n), name: slug(n), cluster: 'c', region: '' })),
  )
  for (const n of every) {
    const { stream } = await streams.service.create(trustedPermit<'stream:write'>(tenant, actor), {
      internalName: name(n),
      title: name(n),
    })
    // Both ends of the page have some; a question of each stream is asked of the others too.
    if (n >= 10 && n < MANY - 10) continue
    const startsAt = new Date(Date.now() - 60_000)
    for (let k = 0; k < 3; k += 1)
      await clips.service.create(trustedPermit<'clip:write'>(tenant, actor), {
        streamId: stream.id,
        title: `${k}`,
        startsAt,
        durationMs: 1_000n,
      })
    await recordings.service.start(trustedPermit<'recording:write'>(tenant, actor), stream.id)
  }
  const time = new Date().toISOString()
  const post = async (dataset: string, itemOf: (n: number) => object) => {
    const items = every.map((n) => ({ event_id: uuidv7(), time, internal_name: name(n), ...itemOf(n) }))
    expect((await client.ingest(dataset, items)).body).toMatchObject({ accepted: MANY })
  }
  await post('stream_events', (n) => ({ node_id: slug(n), event_type: 'stream_start' }))
  await post('viewer_samples', (n) => ({ node_id: slug(n), viewer_count: n, country_code: 'NL', city: 'A' }))
  await post('connection_events', (n) => ({ node_id: slug(n), event_type: 'connect', session_id: 'x' }))
  await post('stream_health_samples', (n) => ({ node_id: slug(n), health_score: 90, buffer_state: 'FULL' }))
  await post('track_list_events', (n) => ({ node_id: slug(n), track_count: 2, width: 1_280 }))
  await post('routing_events', (n) => ({ selected_node: slug(n), status: 'success' }))
  await program.app.ingest.flushed()
}, 120_000)
afterAll(() => program.stop())

const last = 'range: { last: "PT10M" }'
const series = `${last}, step: "PT5M"`
/** What somebody asks of each stream or node of a page, and what it takes. */
const questions: Readonly<Record<string, readonly [root: string, selection: string]>> = {
  'the state of each stream, on which node': [
    'streams',
    'state { healthScore peakViewers viewersNow edgeNode { slug cluster { slug } } }',
  ],
  'viewers over time': ['streams', `viewers(${series}) { peak viewerMinutes points { time peak } }`],
  'viewers by city': ['streams', `viewers(${series}) { groups(by: CITY, first: 3) { key peak } }`],
  'who came and left': ['streams', `connections(${series}) { joins leaves sessions points { joins } }`],
  'the newest connections, over which node': [
    'streams',
    `connectionEvents(${last}, first: 2) { totalCount nodes { sessionId edgeNode { slug } stream { title } } }`,
  ],
  'health now and over time': [
    'streams',
    `currentHealth { healthScore edgeNode { slug } } health(${series}) { minHealthScore }`,
  ],
  'what stalled': ['streams', `rebuffering(${last}) { rebufferings rebufferingSeconds }`],
  'track lists': [
    'streams',
    `trackLists(${last}, first: 1) { nodes { width edgeNode { slug } stream { title } } }`,
  ],
  'clips, recordings and keys': [
    'streams',
    'clips(first: 2) { totalCount nodes { title stream { title } } } recordings(first: 2) { totalCount nodes { status } } keys(first: 2) { nodes { name } }',
  ],
  'decisions for each node': [
    'edgeNodes',
    `cluster { slug } routing(${series}) { decisions } routingEvents(${last}, first: 1) { nodes { stream { title } } }`,
  ],
}

const asked = async (root: string, selection: string, first: number) => {
  const spy = vi.spyOn(program.databases.clickHouse, 'query')
  let found = 0
  try {
    const postgres = await statementsDuring(async () => {
      const { data, errors } = await client.request<Record<string, { nodes: object[] }>, object>(
        `{ ${root}(first: ${first}) { nodes { ${selection} } } }`,
      )
      expect(errors).toBeUndefined()
      found = data![root]!.nodes.length
    })
    return {
      found,
      // Whole statements, so that a further one is seen; but for how many values a list of them has.
      postgres: postgres.map(({ text }) => text.replaceAll(/\$\d+(,\$\d+)*/g, '$')).toSorted(),
      clickHouse: spy.mock.calls.map(([{ name: query }]) => query).toSorted(),
    }
  } finally {
    spy.mockRestore()
  }
}

test.each(Object.entries(questions))(
  '%s: as many statements for 100 rows as for one',
  async (_name, [root, selection]) => {
    const one = await asked(root, selection, 1)
    const many = await asked(root, selection, MANY)
    expect([one.found, many.found]).toEqual([1, MANY])
    expect({ ...many, found: 1 }).toEqual(one)
    console.log(`${one.postgres.length} of Postgres, ${one.clickHouse.length} of ClickHouse`)
  },
)
