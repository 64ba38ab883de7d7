import { isInterfaceType } from 'graphql'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { datasets } from '../../src/modules/datasets.ts'
import { schema } from '../../src/graphql/schema.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'
import { everythingOf, rootFields, tooMuch } from './everything.ts'
import { isForKeys, openTo } from './open-to.ts'
import { inhabit, type Inhabitant } from './inhabitant.ts'
import { literalsOf, someOf } from './literals.ts'

const CANARY = 'canary-b7f3'
const CANARY_VIEWERS = 739_157

const nodeInterface = schema.getType('Node')
const nodeTypes = isInterfaceType(nodeInterface)
  ? schema.getPossibleTypes(nodeInterface).map(({ name }) => name)
  : []

let program: TestApp
let owner: Client
let a: Inhabitant
let b: Inhabitant
const told: string[] = []

/** Asks with A's key and remembers what A was told. */
const asA = async <R = Record<string, never>>(query: string, variables?: unknown): Promise<Answer<R>> => {
  const answer = (await a.client.request<R, unknown>(query, variables)) as Answer<R>
  told.push(JSON.stringify({ ...answer }))
  return answer
}
const bodyOf = (answer: Answer<unknown>): string =>
  JSON.stringify(answer)
    .replaceAll(/"requestId":"[^"]*"/g, '"requestId":""')
    // What is left of A's own budget changes with each of A's requests.
    .replaceAll(/"(remaining|resetAt)":("[^"]*"|\d+)/g, '"$1":0')

const rowsOfB = async (): Promise<string> => {
  const texts: unknown[] = []
  for (const table of ['streams', 'stream_keys', 'incidents', 'incident_events', 'edge_nodes', 'clusters'])
    texts.push(
      (await owner.query(`SELECT * FROM ${table} WHERE tenant_id = $1 ORDER BY id`, [b.tenant])).rows,
    )
  return JSON.stringify(texts)
}

beforeAll(async () => {
  program = await startApp()
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  a = await inhabit(program, 'alpha', 11, nodeTypes)
  b = await inhabit(program, CANARY, CANARY_VIEWERS, nodeTypes)
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

// Numbers of the tenant that asks, and settings of the program: nothing that could be another's.
const nobodys = new Set(['rateLimit', 'signInProviders'])
const queries = rootFields(schema).filter(
  ({ operation, field }) => operation === 'query' && !nobodys.has(field.name) && openTo(field) !== 'people',
)

/** What is B's, as far as a key can name it. */
const literalsForKeys = () => {
  const ids = nodeTypes.filter((type) => isForKeys(schema.getType(type)!)).map((type) => b.ids[type]![0]!)
  return { ...literalsOf(b), 'Query.nodes.ids': JSON.stringify(ids) }
}

/** Everything that a field has, as deep as the limits of one operation let B ask. */
const everythingOfB = async ({ operation, field }: (typeof queries)[number]) => {
  for (let depth = 5; ; depth -= 1) {
    const query = everythingOf(schema, operation, field, literalsForKeys(), depth)
    const toB = (await b.client.request(query)) as Answer<Record<string, unknown>>
    if (depth === 0 || !tooMuch.has(toB.errors?.[0]?.extensions?.code ?? '')) return { query, toB }
  }
}

test.each(queries)(
  "$field.name, asked for everything it has with what is B's, tells A nothing of B",
  async (root) => {
    const { query, toB } = await everythingOfB(root)
    expect(toB.errors).toBeUndefined()
    // The look would find B's things if they were there: B's own answer is full of them.
    expect(JSON.stringify(toB)).toContain(CANARY)

    const body = JSON.stringify(await asA(query))
    expect(body).not.toContain(CANARY)
    expect(body).not.toContain(String(CANARY_VIEWERS))
    for (const id of b.globalIds) expect(body).not.toContain(id)
  },
)

test('node and nodes answer each id of B as they answer one that does not exist', async () => {
  for (const type of nodeTypes)
    for (const id of b.ids[type]!) {
      const [ofB, unknown] = [id, globalId(type, uuidv7())].map((each) =>
        asA('query ($id: ID!) { node(id: $id) { __typename id } }', { id: each }),
      )
      expect(await ofB).toMatchObject({ data: { node: null } })
      expect(bodyOf((await ofB)!)).toBe(bodyOf((await unknown)!))
    }
  const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }'
  const ofB = someOf(b.ids)
  const none = ofB.map((id) => globalId(Buffer.from(id, 'base64').toString().split(':')[0]!, uuidv7()))
  expect(bodyOf(await asA(nodes, { ids: ofB }))).toBe(bodyOf(await asA(nodes, { ids: none })))
  const mixed = await asA<{ nodes: unknown[] }>(nodes, {
    ids: [a.ids.Stream![0], ...b.ids.Stream!, a.ids.Stream![1]],
  })
  expect(mixed.data?.nodes.map((node) => node !== null)).toEqual([true, false, false, true])
})

const filters = [
  ['streams', 'StreamFilter', { internalName: { eq: `${CANARY}-stream-1` } }],
  ['streams', 'StreamFilter', { title: { contains: CANARY } }],
  [
    'streams',
    'StreamFilter',
    { or: [{ title: { startsWith: CANARY } }, { internalName: { in: [`${CANARY}-stream-2`] } }] },
  ],
  ['incidents', 'IncidentFilter', { fingerprint: { eq: `${CANARY}-1` } }],
  ['incidents', 'IncidentFilter', { title: { contains: CANARY } }],
  ['incidents', 'IncidentFilter', { not: { source: { contains: 'alpha' } } }],
  ['edgeNodes', 'EdgeNodeFilter', { name: { contains: CANARY } }],
  ['clusters', 'ClusterFilter', { name: { startsWith: CANARY } }],
  ['auditLog', 'AuditEntryFilter', { actor: { contains: CANARY } }],
  ['logs', 'LogFilter', { host: { eq: `${CANARY}-host` } }],
  ['logs', 'LogFilter', { service: { eq: `${CANARY}-service` } }],
  ['logs', 'LogFilter', { traceId: { eq: `${CANARY}-trace` } }],
  ['logs', 'LogFilter', { message: { contains: CANARY } }],
  ['platformEvents', 'PlatformEventFilter', { version: { startsWith: CANARY } }],
] as const
test.each(filters)(
  "%s with a %s that names what is B's finds nothing and counts nothing",
  async (field, type, filter) => {
    const query = `query ($filter: ${type}) { ${field}(filter: $filter) { totalCount nodes { __typename } } }`
    const ofA = await asA<Record<string, { totalCount: unknown; nodes: unknown[] }>>(query, { filter })
    expect([Number(ofA.data?.[field]?.totalCount), ofA.data?.[field]?.nodes]).toEqual([0, []])
    const toB = (await b.client.request(query, { filter })) as Answer<Record<string, { totalCount: number }>>
    expect(Number(toB.data?.[field]?.totalCount)).toBeGreaterThan(0)
  },
)

const lists = ['streams', 'incidents', 'edgeNodes', 'clusters', 'logs'] as const
test.each(lists)("a cursor of %s that B was given leads A only through what is A's", async (field) => {
  const name = field === 'logs' ? 'message' : 'id'
  const page = `query ($after: String) { ${field}(first: 100, after: $after) { edges { cursor node { ${name} } } } }`
  type Page = Record<string, { edges: { cursor: string; node: Record<string, string> }[] }>
  const toB = (await b.client.request(page)) as Answer<Page>
  const cursors = toB.data![field]!.edges.map(({ cursor }) => cursor)
  expect(cursors).toHaveLength(2)
  const mine = (await asA<Page>(page)).data![field]!.edges.map(({ node }) => node[name])
  for (const after of cursors)
    for (const { node } of (await asA<Page>(page, { after })).data![field]!.edges)
      expect(mine).toContain(node[name])
})

test("a cursor of B's timeline opens nothing in A's", async () => {
  const query = `query ($id: ID!, $after: String) { node(id: $id) { ... on Incident { events(first: 100, after: $after) { edges { cursor node { note } } } } } }`
  type Timeline = { node: { events: { edges: { cursor: string; node: { note: string | null } }[] } } }
  const toB = (await b.client.request(query, { id: b.ids.Incident![0] })) as Answer<Timeline>
  const cursors = toB.data!.node.events.edges.map(({ cursor }) => cursor)
  expect(cursors).toHaveLength(2)
  for (const after of cursors) {
    const { edges } = (await asA<Timeline>(query, { id: a.ids.Incident![0], after })).data!.node.events
    for (const { node } of edges) expect(node.note ?? 'alpha').toContain('alpha')
  }
})

const mutations = [
  [
    'changeIncidentStatus',
    'Incident',
    (id: string) => `(input: { id: "${id}", status: RESOLVED, note: "mine now" })`,
  ],
  [
    'changeIncidentStatus',
    'Incident',
    (id: string) => `(input: { id: "${id}", status: CLOSED, expectedVersion: 99 })`,
  ],
  ['addIncidentNote', 'Incident', (id: string) => `(input: { id: "${id}", note: "mine now" })`],
  ['rotateStreamKey', 'Stream', (id: string) => `(input: { id: "${id}" })`],
] as const
test.each(mutations)(
  "%s of what is B's is the NotFoundError of what does not exist, and changes nothing",
  async (field, type, given) => {
    const before = await rowsOfB()
    const change = (id: string) =>
      asA(`mutation { ${field}${given(id)} { __typename ... on Problem { code message path } } }`)
    for (const id of b.ids[type]!) {
      const refused = await change(id)
      expect(refused).toMatchObject({ data: { [field]: { __typename: 'NotFoundError', code: 'NOT_FOUND' } } })
      expect(bodyOf(refused)).toBe(bodyOf(await change(globalId(type, uuidv7()))))
    }
    expect(await rowsOfB()).toBe(before)
  },
)

const places = ['tenant_id', 'tenantId', 'tenant'] as const
test.each(places)('an item with a %s is refused by that name, whatever it says', async (name) => {
  for (const { name: dataset } of datasets) {
    const [item] = a.facts()[dataset]!
    const { body } = await a.client.ingest(dataset, [{ ...item, [name]: b.tenant }])
    expect(body).toMatchObject({
      accepted: 0,
      rejected: [{ index: 0, message: expect.stringContaining(name) }],
    })
  }
})

test('a tenant in a header, in the address, in variables or extensions of a request changes nothing', async () => {
  const query = '{ tenant { id slug } streams { totalCount nodes { id } } }'
  const plain = await asA(query)
  const headers = {
    authorization: `Bearer ${a.key}`,
    'content-type': 'application/json',
    'x-tenant-id': b.tenant,
    'x-tenant': b.tenant,
    'x-api-key': b.key, // the bearer key is the credential; a second one does not join in
    'x-hasura-tenant-id': b.tenant,
    cookie: `tenant=${b.tenant}; app.tenant_id=${b.tenant}`,
  }
  const response = await fetch(`${program.url}/graphql?tenant=${b.tenant}&tenantId=${b.tenant}`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      query,
      variables: { tenant: b.tenant, tenantId: b.tenant, viewer: { tenant: b.tenant } },
      extensions: { tenant: b.tenant, tenantId: b.tenant },
    }),
  })
  const text = await response.text()
  told.push(text)
  expect(JSON.parse(text)).toMatchObject({ data: plain.data })
})

test("A's and B's requests of the same tick, many times over, each get their own", async () => {
  const queries = [
    '{ tenant { slug projects { nodes { name environments { nodes { id } } } } } }',
    '{ streams(first: 2) { nodes { internalName keys { nodes { prefix } } } } incidents(first: 2) { nodes { source events { nodes { note } } } } edgeNodes { nodes { name cluster { name } } } }',
    '{ analytics { viewersNow(by: EDGE_NODE) { groups { key } } } logs { nodes { host message } } }',
    '{ viewer { apiKey { prefix } tenant { slug } } }',
    ...Object.values(b.ids).map(([id]) => `{ node(id: "${id}") { id } }`),
  ]
  const expected = {
    a: await Promise.all(queries.map(async (query) => bodyOf(await asA(query)))),
    b: await Promise.all(
      queries.map(async (query) => bodyOf((await b.client.request(query)) as Answer<unknown>)),
    ),
  }
  // As many connections at once as fit into the backlog of a server that listens (511).
  const times = Math.max(2, Math.floor(240 / queries.length))
  const rounds = Array.from({ length: times }, () => queries.keys().toArray()).flat()
  await Promise.all(
    rounds.flatMap((index) => [
      asA(queries[index]!).then((answer) => expect(bodyOf(answer)).toBe(expected.a[index])),
      b.client
        .request(queries[index]!)
        .then((answer) => expect(bodyOf(answer as Answer<unknown>)).toBe(expected.b[index])),
    ]),
  )
})

test('one key that is good does not lend its rights to one that is not', async () => {
  const bad = createTestClient(program.url, `${a.key.slice(0, -1)}${a.key.endsWith('0') ? '1' : '0'}`)
  const { errors, data } = (await bad.request('{ tenant { id } }')) as Answer<unknown>
  expect(data ?? null).toBeNull()
  expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
})

test('in all that A was told there is nothing of B', () => {
  expect(told.length).toBeGreaterThan(150)
  for (const text of told) {
    expect(text).not.toContain(CANARY)
    expect(text).not.toContain(b.tenant)
    expect(text).not.toContain(String(CANARY_VIEWERS))
  }
})

// From here on A itself says words of B's.

test("A may use the names that B uses: they are names of A's own things", async () => {
  const before = await rowsOfB()
  const [internalName] = b.streams
  // This answer repeats the name that A itself sent, so it is not among those that must not hold it.
  const made = (await a.client.request(
    `mutation ($input: CreateStreamInput!) { createStream(input: $input) { __typename ... on CreateStreamPayload { stream { id } } } }`,
    { input: { title: 'Mine', internalName } },
  )) as Answer<{ createStream: { __typename: string; stream: { id: string } } }>
  expect(made.data?.createStream.__typename).toBe('CreateStreamPayload')
  expect(b.ids.Stream).not.toContain(made.data?.createStream.stream.id)
  const opened = await asA(
    `mutation ($input: OpenIncidentInput!) { openIncident(input: $input) { ... on OpenIncidentPayload { incident { occurrences number } } } }`,
    { input: { title: 'Mine', severity: 'LOW', fingerprint: `${CANARY}-1` } },
  )
  expect(opened).toMatchObject({
    data: { openIncident: { incident: { occurrences: 1, number: 3 } } },
  })
  expect(await rowsOfB()).toBe(before)
})

const countsOf = (answer: Answer<unknown>) => {
  const { analytics, streamByInternalName } = answer.data as {
    analytics: { logLevels: { levels: { count: string }[] } }
    streamByInternalName: { viewers: { samples: string; peak: string } }
  }
  return {
    lines: analytics.logLevels.levels.reduce((sum, { count }) => sum + Number(count), 0),
    samples: Number(streamByInternalName.viewers.samples),
    peak: Number(streamByInternalName.viewers.peak),
  }
}

test("samples and lines that A sends in the names of B's things are A's own", async () => {
  const query = `{ analytics { viewersNow(by: STREAM) { total groups { key viewers } } logLevels(range: { last: "PT10M" }) { levels { count } } } streamByInternalName(internalName: "${b.streams[1]}") { viewers(range: { last: "PT10M" }, step: "PT5M") { samples peak } } }`
  const before = countsOf((await b.client.request(query)) as Answer<unknown>)
  // With the very ids of B's rows: they are known per tenant, so neither is taken for the other's.
  const item = { ...program.seed.sample(b.streams[1], 5), node_id: `${CANARY}-node-1` }
  expect(
    (await b.client.ingest('viewer_samples', [{ ...item, viewer_count: CANARY_VIEWERS }])).body,
  ).toMatchObject({ accepted: 1 })
  expect((await a.client.ingest('viewer_samples', [item])).body).toMatchObject({ accepted: 1, duplicates: 0 })
  expect((await a.client.ingest('log_events', a.facts().log_events)).body).toMatchObject({ accepted: 2 })
  await program.app.ingest.flushed()
  const after = countsOf((await b.client.request(query)) as Answer<unknown>)
  expect(after).toEqual({ lines: before.lines, samples: before.samples + 1, peak: CANARY_VIEWERS })
})
