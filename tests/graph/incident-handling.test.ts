import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { createPeople } from '../testkit/members.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
import { globalId } from '../testkit/seed.ts'
import { settled } from '../testkit/waiters.ts'

const Handled = graphql(`
  query HandledIncident($id: ID!) {
    node(id: $id) {
      ... on Incident {
        status
        severity
        occurrences
        version
        labels {
          name
        }
        assigneeName
        assignee {
          id
        }
        mergedInto {
          id
        }
        events(first: 20) {
          nodes {
            kind
            before
            after
            note
            actor
            version
          }
        }
      }
    }
  }
`)
const Found = graphql(`
  query FoundIncidents($filter: IncidentFilter) {
    incidents(filter: $filter, first: 100) {
      totalCount
      nodes {
        title
      }
    }
  }
`)

let program: TestApp
let owner: Client
let people: ReturnType<typeof createPeople>
let home: Awaited<ReturnType<typeof people.tenant>>
let client: TestClient
beforeAll(async () => {
  program = await sharedApp()
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  people = createPeople(program, owner)
  home = await people.tenant()
  client = createTestClient(program.url, home.founder.token)
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

type Incident = {
  readonly id: string
  readonly number: number
  readonly version: number
  readonly status: string
}
const only = (answer: Payload, field = 'incident'): Incident => {
  const incident = (answer as unknown as Record<string, Incident | undefined>)[field]
  if (!incident) throw new Error(JSON.stringify(answer))
  return incident
}
const opening = (input: object = {}, asked = client) =>
  mutate(asked, 'openIncident', { title: 'Down', severity: 'HIGH', ...input })
const open = async (input: object = {}, asked = client) => only(await opening(input, asked))
const assign = (id: string, userId: string | null, more: object = {}) =>
  mutate(client, 'assignIncident', { id, userId, ...more })
const rate = (id: string, severity: string, more: object = {}) =>
  mutate(client, 'changeIncidentSeverity', { id, severity, ...more })
const merge = (id: string, intoId: string, more: object = {}) =>
  mutate(client, 'mergeIncidents', { id, intoId, ...more })
const move = (id: string, status: string) => mutate(client, 'changeIncidentStatus', { id, status })
const read = async (id: string, asked = client) => {
  const { node } = await asked.ask(Handled, { id })
  if (!node || !('events' in node)) throw new Error('there is no such incident')
  return node
}
const last = async (id: string) => (await read(id)).events.nodes.at(-1)
const conflict = (...path: string[]) => ({ __typename: 'ConflictError', code: 'CONFLICT', path })

test('an incident is assigned to a member, to another and to nobody, and its timeline names them', async () => {
  const { id } = await open()
  const [ada, bea] = [home.founder, await people.join(home, 'VIEWER')]
  await owner.query(`UPDATE users SET name = 'Bea' WHERE email = $1`, [bea.email])
  await assign(id, ada.id, { note: 'you know it' })
  expect(await read(id)).toMatchObject({ status: 'OPEN', assigneeName: 'Ada', assignee: { id: ada.id } })
  expect(await last(id)).toEqual({
    kind: 'ASSIGNED',
    before: null,
    after: 'Ada',
    note: 'you know it',
    actor: 'user:Ada',
    version: 2,
  })
  await assign(id, bea.id)
  expect(await last(id)).toMatchObject({ before: 'Ada', after: 'Bea', version: 3 })
  // The same again changes nothing.
  expect(only(await assign(id, bea.id)).version).toBe(3)
  const { incidents } = await client.ask(Found, { filter: { assignee: { eq: bea.id } } })
  expect(incidents!.totalCount).toBe(1)
  // Who leaves stays named; the account is seen by the members of their tenants alone.
  await mutate(createTestClient(program.url, bea.token), 'leaveTenant', { slug: home.slug })
  expect(await read(id)).toMatchObject({ assigneeName: 'Bea', assignee: null })
  expect(only(await assign(id, null)).version).toBe(4)
  expect(await read(id)).toMatchObject({ assigneeName: null, assignee: null })
  expect(await last(id)).toMatchObject({ before: 'Bea', after: null })
})

test('who is no member, was switched off or is no person is not found, and an API key sees the name alone', async () => {
  const { id } = await open()
  const elsewhere = await people.tenant()
  const off = await people.join(home, 'MEMBER')
  await owner.query('UPDATE users SET is_active = false WHERE email = $1', [off.email])
  const notFound = { __typename: 'NotFoundError', code: 'NOT_FOUND', path: ['userId'] }
  for (const nobody of [elsewhere.founder.id, off.id, globalId('User', uuidv7()), id, 'x'])
    expect(await assign(id, nobody), nobody).toMatchObject(notFound)
  expect(await assign(globalId('Incident', uuidv7()), home.founder.id)).toMatchObject({ path: ['id'] })
  await assign(id, home.founder.id)
  const { rows } = await owner.query('SELECT id FROM tenants WHERE slug = $1', [home.slug])
  const byKey = createTestClient(program.url, await program.seed.key((rows as { id: never }[])[0]!.id))
  expect(await read(id, byKey)).toMatchObject({ assigneeName: 'Ada', assignee: null })
})

test('a severity is raised and lowered from the version that was seen, with a note', async () => {
  const { id, version } = await open({ severity: 'LOW' })
  const answers = await Promise.all(
    ['CRITICAL', 'MEDIUM', 'HIGH'].map((severity) =>
      rate(id, severity, { expectedVersion: version, note: 'why' }),
    ),
  )
  expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1)
  expect(answers.filter(({ code }) => code === 'CONFLICT')).toHaveLength(2)
  expect(await rate(id, 'LOW', { expectedVersion: version })).toMatchObject(conflict('expectedVersion'))
  const { severity } = await read(id)
  expect(await last(id)).toMatchObject({
    kind: 'SEVERITY_CHANGED',
    before: 'LOW',
    after: severity,
    note: 'why',
    version: 2,
  })
  expect(only(await rate(id, severity)).version).toBe(2)
  expect(only(await rate(id, 'LOW')).version).toBe(3)
  expect(await rate(id, 'HIGH', { note: 'x'.repeat(20_001) })).toMatchObject({ path: ['note'] })
})

test('a merged incident is closed and goes on as the other: occurrences, timelines, and what fires again', async () => {
  const into = await open({ dedupKey: 'disk', labels: [{ name: 'a', value: '1' }] })
  const from = await open({ dedupKey: 'slow', labels: [{ name: 'b', value: '2' }] })
  await opening({ dedupKey: 'slow' })
  const answer = await merge(from.id, into.id, { note: 'one cause' })
  expect(only(answer)).toMatchObject({ id: into.id, occurrences: 3, status: 'OPEN' })
  expect(only(answer, 'merged')).toMatchObject({
    id: from.id,
    status: 'CLOSED',
    resolvedAt: expect.any(String),
  })
  const [whole, part] = [await read(into.id), await read(from.id)]
  expect(part).toMatchObject({
    status: 'CLOSED',
    mergedInto: { id: into.id },
    occurrences: 2,
    labels: [{ name: 'b' }],
  })
  expect(whole).toMatchObject({ mergedInto: null, labels: [{ name: 'a' }] })
  const told = { kind: 'MERGED', note: 'one cause', actor: 'user:Ada' }
  expect(part.events.nodes.at(-1)).toEqual({
    ...told,
    before: null,
    after: `#${into.number}`,
    version: part.version,
  })
  expect(whole.events.nodes.at(-1)).toEqual({
    ...told,
    before: `#${from.number}`,
    after: null,
    version: whole.version,
  })
  // What fires again counts for the other one, also under its older name, until that is over.
  expect(await open({ fingerprint: 'slow' })).toMatchObject({ id: into.id, occurrences: 4 })
  await move(into.id, 'RESOLVED')
  const next = await open({ dedupKey: 'slow' })
  expect(next.id).not.toBe(into.id)
  expect(next.id).not.toBe(from.id)
})

test('several merges lead to the last one, and what is merged is left alone but for notes', async () => {
  const [a, b, c] = [
    await open({ dedupKey: 'a' }),
    await open({ dedupKey: 'b' }),
    await open({ dedupKey: 'c' }),
  ]
  await merge(a.id, b.id)
  await merge(b.id, c.id)
  expect(await open({ dedupKey: 'a' })).toMatchObject({ id: c.id, occurrences: 4 })
  for (const answer of [
    await move(a.id, 'OPEN'),
    await assign(a.id, home.founder.id),
    await rate(a.id, 'LOW'),
    await merge(a.id, c.id),
  ])
    expect(answer).toMatchObject(conflict('id'))
  expect((await mutate(client, 'addIncidentNote', { id: a.id, note: 'still' })).code).toBeUndefined()
  const { incidents } = await client.ask(Found, { filter: { mergedInto: { eq: c.id } } })
  expect(incidents!.totalCount).toBe(1)
})

test('what can not be merged is refused with its field, and of merges in a circle one is made', async () => {
  const [a, b, closed] = [await open(), await open(), await open()]
  await move(closed.id, 'RESOLVED')
  await move(closed.id, 'CLOSED')
  expect(await merge(a.id, a.id)).toMatchObject(conflict('intoId'))
  expect(await merge(a.id, closed.id)).toMatchObject(conflict('intoId'))
  const absent = globalId('Incident', uuidv7())
  expect(await merge(absent, a.id)).toMatchObject({ code: 'NOT_FOUND', path: ['id'] })
  expect(await merge(a.id, absent)).toMatchObject({ code: 'NOT_FOUND', path: ['intoId'] })
  const foreign = createTestClient(program.url, (await program.seed.tenant()).key)
  const theirs = await open({}, foreign)
  expect(await merge(theirs.id, a.id)).toMatchObject({ code: 'NOT_FOUND', path: ['id'] })
  expect(await merge(a.id, theirs.id)).toMatchObject({ code: 'NOT_FOUND', path: ['intoId'] })
  expect((await read(theirs.id, foreign)).events.nodes).toHaveLength(1)
  const both = await Promise.all([merge(a.id, b.id), merge(b.id, a.id)])
  expect(both.filter(({ code }) => code === 'CONFLICT')).toHaveLength(1)
  // What was over before may still be a part of another.
  expect(only(await merge(closed.id, (await open()).id), 'merged').status).toBe('CLOSED')
})

const refused = (field: string) => ({
  __typename: 'ValidationError',
  code: 'VALIDATION_FAILED',
  path: [field],
})

test('a key has two names, and those of alert rules are theirs', async () => {
  const { id } = await open({ dedupKey: 'k' })
  expect((await open({ fingerprint: 'k' })).id).toBe(id)
  expect((await open({ fingerprint: 'k', dedupKey: 'k' })).id).toBe(id)
  expect(await opening({ fingerprint: 'k', dedupKey: 'l' })).toMatchObject(refused('dedupKey'))
  for (const field of ['dedupKey', 'fingerprint'])
    for (const key of ['rule/x', '', 'x'.repeat(201)])
      expect(await opening({ [field]: key }), `${field} ${key}`).toMatchObject(refused(field))
})

test('lists are asked by labels in any case; a missing one is as an empty text', async () => {
  const asked = createTestClient(program.url, (await program.seed.tenant()).key)
  const labels: Record<string, Record<string, string>> = {
    upper: { service: 'API-ß', region: 'eu' },
    lower: { service: 'api-gateway', '50%_': 'x' },
    other: { service: 'dns%', region: '' },
    none: {},
  }
  for (const [title, all] of Object.entries(labels))
    await open({ title, labels: Object.entries(all).map(([name, value]) => ({ name, value })) }, asked)
  const cases: [object, string[]][] = [
    [{ name: 'service', eq: 'api-gateway' }, ['lower']],
    [{ name: 'service', eq: 'API-GATEWAY' }, []],
    [{ name: 'service', in: ['API-ß', 'dns%', 'x'] }, ['other', 'upper']],
    [{ name: 'service', in: [] }, []],
    [{ name: 'service', in: ['', 'dns%'] }, ['none', 'other']],
    [{ name: 'service', eq: '' }, ['none']],
    [{ name: 'region', eq: '' }, ['lower', 'none', 'other']],
    [{ name: 'service', startsWith: 'aPi' }, ['lower', 'upper']],
    [{ name: 'service', contains: 'SS' }, ['upper']],
    [{ name: 'service', contains: '%' }, ['other']],
    [{ name: 'service', contains: '' }, ['lower', 'none', 'other', 'upper']],
    [{ name: 'Service', eq: 'api-gateway' }, []],
    [{ name: '50%_', eq: 'x' }, ['lower']],
    [{ name: 'service', startsWith: 'api', contains: 'gate' }, ['lower']],
  ]
  const titles = async (filter: object) => {
    const { incidents } = await asked.ask(Found, { filter })
    expect(incidents!.totalCount).toBe(incidents!.nodes.length)
    return incidents!.nodes.map(({ title }) => title).toSorted()
  }
  for (const [label, expected] of cases) {
    expect(await titles({ label }), JSON.stringify(label)).toEqual(expected)
    const rest = Object.keys(labels).filter((title) => !expected.includes(title))
    expect(await titles({ not: { label } }), `not ${JSON.stringify(label)}`).toEqual(rest.toSorted())
  }
})

const code = async (text: string) => (await client.request(text, {})).errors?.[0]?.extensions?.code

test('a label with U+0000, which Postgres can not keep, is refused in a filter and in a name to group by', async () => {
  const lists = [
    'name: "\\u0000", eq: "x"',
    'name: "x", eq: "\\u0000"',
    'name: "x", in: ["\\u0000"]',
    'name: "x", contains: "\\u0000"',
  ]
  for (const label of lists) {
    expect(await code(`{ incidents(filter: { label: { ${label} } }) { totalCount } }`), label).toBe(
      'BAD_REQUEST',
    )
    const counted = `{ analytics { incidents(filter: { label: { ${label} } }) { opened } } }`
    expect(await code(counted), label).toBe('BAD_REQUEST')
  }
  expect(await code('{ analytics { incidents { groups(by: "\\u0000") { key } } } }')).toBe('BAD_REQUEST')
})

type Update = {
  incidentChanged: { kind: string; number: number; before: string | null; after: string | null }
}
const changes =
  'subscription ($filter: IncidentChangeFilter) { incidentChanged(filter: $filter, after: "0-0") { ... on IncidentChanged { kind number before after } } }' as unknown as TypedDocumentString<
    Update,
    { filter: object }
  >

test('who is told of changes is told of each of these, and a merge is told of both', async () => {
  const asked = createTestClient(program.url, (await program.seed.tenant()).key)
  const [first, second] = [await open({}, asked), await open({}, asked)]
  await mutate(asked, 'changeIncidentSeverity', { id: first.id, severity: 'LOW' })
  await mutate(asked, 'mergeIncidents', { id: first.id, intoId: second.id })
  const live = asked.webSocket()
  const values = live.subscribe(changes, { filter: { kind: { in: ['SEVERITY_CHANGED', 'MERGED'] } } })
  const told: Update['incidentChanged'][] = []
  while (told.length < 3)
    told.push((await settled(values.next(), 10_000, 'a change')).value.data.incidentChanged)
  expect(told).toEqual([
    { kind: 'SEVERITY_CHANGED', number: 1, before: 'HIGH', after: 'LOW' },
    { kind: 'MERGED', number: 1, before: null, after: '#2' },
    { kind: 'MERGED', number: 2, before: '#1', after: null },
  ])
  await values.return?.()
  await live.close()
})
