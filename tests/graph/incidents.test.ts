import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../graphql/gql.ts'
import type { IncidentStatus } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
import { globalId } from '../testkit/seed.ts'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { uuidv7 } from '../../src/platform/ids.ts'

const Timeline = graphql(`
  query Timeline($id: ID!, $first: Int, $after: String, $last: Int) {
    node(id: $id) {
      ... on Incident {
        version
        status
        occurrences
        events(first: $first, after: $after, last: $last) {
          nodes {
            kind
            version
            before
            after
            note
            actor
          }
          pageInfo {
            endCursor
            hasNextPage
          }
        }
      }
    }
  }
`)

let program: TestApp
let client: TestClient
beforeAll(async () => {
  program = await sharedApp()
  const made = await program.seed.tenant()
  client = createTestClient(program.url, made.key)
})
afterAll(() => program.stop())

type Incident = {
  readonly id: string
  readonly number: number
  readonly status: IncidentStatus
  readonly version: number
  readonly occurrences: number
  readonly resolvedAt: string | null
  readonly acknowledgedAt: string | null
}
/** The incident of a payload, or null for a problem. */
const incidentIn = (answer: Payload): Incident | null => (answer as { incident?: Incident }).incident ?? null
const of = (answer: Payload): Incident => {
  const incident = incidentIn(answer)
  if (!incident) throw new Error(JSON.stringify(answer))
  return incident
}

const move = (id: string, status: IncidentStatus, more: object = {}): Promise<Payload> =>
  mutate(client, 'changeIncidentStatus', { id, status, ...more })
const opening = (input: object = {}, asked = client): Promise<Payload> =>
  mutate(asked, 'openIncident', { title: 'Down', severity: 'HIGH', ...input })
const open = async (input: object = {}, asked = client): Promise<Incident> => of(await opening(input, asked))
const noting = (id: string, note: string): Promise<Payload> => mutate(client, 'addIncidentNote', { id, note })

const timeline = async (
  id: string,
  page: { first?: number; after?: string; last?: number } = { first: 100 },
) => {
  const { node } = await client.ask(Timeline, { id, ...page })
  if (!node || !('events' in node)) throw new Error('there is no such incident')
  return node
}
const count = <T>(list: readonly T[], is: (each: T) => boolean): number => list.filter(is).length

const statuses = ['OPEN', 'INVESTIGATING', 'RESOLVED', 'CLOSED', 'SUPPRESSED'] as const
/** How a new incident gets there. */
const waysTo: Record<IncidentStatus, IncidentStatus[]> = {
  OPEN: [],
  INVESTIGATING: ['INVESTIGATING'],
  RESOLVED: ['RESOLVED'],
  CLOSED: ['RESOLVED', 'CLOSED'],
  SUPPRESSED: ['SUPPRESSED'],
}
const allowed = new Set([
  'OPEN>INVESTIGATING',
  'OPEN>RESOLVED',
  'OPEN>SUPPRESSED',
  'INVESTIGATING>RESOLVED',
  'INVESTIGATING>SUPPRESSED',
  'RESOLVED>CLOSED',
  'RESOLVED>OPEN',
  'RESOLVED>INVESTIGATING',
  'CLOSED>OPEN',
  'SUPPRESSED>OPEN',
  'SUPPRESSED>RESOLVED',
])
const matrix = statuses.flatMap((from) =>
  statuses.map((to) => ({ from, to, may: allowed.has(`${from}>${to}`) })),
)

test.each(matrix)('from $from to $to: allowed is $may', async ({ from, to, may }) => {
  const { id } = await open()
  for (const step of waysTo[from]) expect(of(await move(id, step)).status).toBe(step)
  const before = await timeline(id)
  const answer = await move(id, to)
  if (!may) {
    expect(answer).toMatchObject({ __typename: 'ConflictError', code: 'CONFLICT', path: ['status'] })
    expect(await timeline(id)).toEqual(before)
    return
  }
  const moved = of(answer)
  expect(moved).toMatchObject({ status: to, version: before.version + 1 })
  expect(moved.resolvedAt !== null).toBe(to === 'RESOLVED' || to === 'CLOSED')
  expect(moved.acknowledgedAt !== null).toBe([from, to].includes('INVESTIGATING'))
  expect((await timeline(id)).events.nodes.at(-1)).toMatchObject({
    kind: 'STATUS_CHANGED',
    before: from,
    after: to,
    version: moved.version,
    actor: 'key:Test',
  })
})

test('closing keeps the time of resolving, reopening clears it, and who took it first stays', async () => {
  const { id } = await open()
  const taken = await move(id, 'INVESTIGATING', { note: 'mine' })
  const resolved = await move(id, 'RESOLVED')
  const closed = await move(id, 'CLOSED')
  const reopened = await move(id, 'OPEN', { note: 'it is back' })
  const takenAgain = await move(id, 'INVESTIGATING')
  expect(of(closed).resolvedAt).toBe(of(resolved).resolvedAt)
  expect(of(reopened).resolvedAt).toBeNull()
  expect(of(takenAgain).acknowledgedAt).toBe(of(taken).acknowledgedAt)
  const { events } = await timeline(id)
  expect(events.nodes.map(({ kind, version, note }) => [kind, version, note])).toEqual([
    ['OPENED', 1, null],
    ['STATUS_CHANGED', 2, 'mine'],
    ['STATUS_CHANGED', 3, null],
    ['STATUS_CHANGED', 4, null],
    ['STATUS_CHANGED', 5, 'it is back'],
    ['STATUS_CHANGED', 6, null],
  ])
})

test('by a clock that is behind the one it was opened by an incident ends when it began, and not before', async () => {
  const tenant = await program.app.modules.tenants.service.create({ slug: 'clocks' })
  const { service } = program.app.modules.incidents
  const permit = trustedPermit<'incident:write'>(tenant, programActor('test'))
  const openedAt = new Date('2026-11-20T10:00:00Z')
  const { id } = await service.open(permit, { title: 'Skew', severity: 'LOW' }, openedAt)
  const behind = new Date('2026-11-20T09:59:59Z')
  expect(await service.changeStatus(permit, { id, status: 'RESOLVED' }, behind)).toMatchObject({
    status: 'RESOLVED',
    resolvedAt: openedAt,
  })
})

test.each([2, 20])('of %i status changes at once from one version one wins, with one line', async (many) => {
  const { id, version } = await open()
  const answers = await Promise.all(
    Array.from({ length: many }, (_, n) =>
      move(id, n % 2 ? 'RESOLVED' : 'SUPPRESSED', n % 3 ? {} : { expectedVersion: version }),
    ),
  )
  // SUPPRESSED may be resolved next, so without a version a second change can be a step of its own.
  const versions = answers.flatMap((answer) => incidentIn(answer)?.version ?? [])
  expect(new Set(versions).size).toBe(versions.length)
  expect(count(versions, (each) => each === version + 1)).toBe(1)
  expect(count(answers, ({ __typename }) => __typename === 'ConflictError')).toBe(many - versions.length)
  const { events } = await timeline(id)
  expect(events.nodes.map((event) => event.version)).toEqual([1, ...versions.toSorted((a, b) => a - b)])
})

test('twenty changes that expect the same version: one wins, nineteen are told, one line is written', async () => {
  const { id, version } = await open()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => move(id, 'RESOLVED', { expectedVersion: version })),
  )
  expect(count(answers, (answer) => incidentIn(answer) !== null)).toBe(1)
  expect(count(answers, ({ __typename }) => __typename === 'ConflictError')).toBe(19)
  expect((await timeline(id)).events.nodes).toHaveLength(2)
})

test('a change that expects an older version is refused, whatever it wants', async () => {
  const { id, version } = await open()
  await noting(id, 'a note counts as a change')
  expect(await move(id, 'RESOLVED', { expectedVersion: version })).toMatchObject({
    __typename: 'ConflictError',
    path: ['expectedVersion'],
  })
  expect(of(await move(id, 'RESOLVED', { expectedVersion: version + 1 })).status).toBe('RESOLVED')
})

test('twenty openings at once with one fingerprint are one incident, seen twenty times, with one number', async () => {
  const { key } = await program.seed.tenant()
  const asked = createTestClient(program.url, key)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => open({ fingerprint: 'disk-full' }, asked)),
  )
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
  expect(answers.map(({ occurrences }) => occurrences).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, n) => n + 1),
  )
  expect((await open({}, asked)).number).toBe(2)
  const { data } = await asked.request<{ incidents: { totalCount: number } }, object>(
    '{ incidents { totalCount } }',
  )
  expect(data?.incidents.totalCount).toBe(2)
})

test('numbers count from 1 without gaps, also when thirty are opened at once', async () => {
  const { key } = await program.seed.tenant()
  const asked = createTestClient(program.url, key)
  const numbers = (
    await Promise.all(Array.from({ length: 30 }, (_, n) => open({ fingerprint: `f-${n % 15}` }, asked)))
  ).map(({ number }) => number)
  expect([...new Set(numbers)].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, n) => n + 1))
})

test('the timeline stands in the order of versions, in pages, also when all came at once', async () => {
  const { id } = await open({ fingerprint: 'busy' })
  await Promise.all(
    Array.from({ length: 24 }, (_, n) =>
      n % 2 ? opening({ fingerprint: 'busy' }) : noting(id, `note ${n}`),
    ),
  )
  const pages: number[] = []
  for (let after: string | undefined; ;) {
    const { events } = await timeline(id, { first: 7, ...(after && { after }) })
    pages.push(...events.nodes.map(({ version }) => version))
    if (!events.pageInfo.hasNextPage) break
    after = events.pageInfo.endCursor!
  }
  expect(pages).toEqual(Array.from({ length: 25 }, (_, n) => n + 1))
  expect((await timeline(id, { last: 2 })).events.nodes.map(({ version }) => version)).toEqual([24, 25])
})

test('an incident is not reopened beside another unfinished one of its fingerprint', async () => {
  const { id } = await open({ fingerprint: 'twice' })
  await move(id, 'RESOLVED')
  const second = await open({ fingerprint: 'twice' })
  expect(second.id).not.toBe(id)
  expect(await move(id, 'OPEN')).toMatchObject({
    __typename: 'ConflictError',
    code: 'CONFLICT',
    path: ['status'],
  })
  await move(second.id, 'RESOLVED')
  expect(of(await move(id, 'OPEN')).status).toBe('OPEN')
})

const label = (name: string, value = 'v') => ({ name, value })

test('what can not be is told with its field, and what is not there is not found', async () => {
  const { id } = await open()
  const cases: [object, string[]][] = [
    [{ title: ' ' }, ['title']],
    [{ title: 'x'.repeat(301) }, ['title']],
    [{ source: '' }, ['source']],
    [{ fingerprint: '' }, ['fingerprint']],
    [{ fingerprint: 'x'.repeat(201) }, ['fingerprint']],
    [{ labels: [label('')] }, ['labels', '0', 'name']],
    [{ labels: [label('__proto__')] }, ['labels', '0', 'name']],
    [{ labels: [label('a'), label('b', 'x'.repeat(1_001))] }, ['labels', '1', 'value']],
    [{ labels: [label('a'), label('b'), label('a', 'w')] }, ['labels', '2', 'name']],
    [{ labels: Array.from({ length: 65 }, (_, n) => label(`l${n}`)) }, ['labels']],
  ]
  for (const [input, path] of cases)
    expect(await opening(input)).toMatchObject({
      __typename: 'ValidationError',
      code: 'VALIDATION_FAILED',
      path,
    })
  expect(await noting(id, ' ')).toMatchObject({ __typename: 'ValidationError', path: ['note'] })
  expect(await noting(id, 'x'.repeat(20_001))).toMatchObject({ path: ['note'] })
  const absent = globalId('Incident', uuidv7())
  const notFound = { __typename: 'NotFoundError', code: 'NOT_FOUND', path: ['id'] }
  expect(await noting(absent, 'x')).toMatchObject(notFound)
  expect(await move(absent, 'OPEN')).toMatchObject(notFound)
})

const Told = graphql(`
  query IncidentByNumber($number: Int!) {
    incident(number: $number) {
      id
      labels {
        name
        value
      }
      events(last: 1) {
        nodes {
          id
          incident {
            number
          }
        }
      }
    }
  }
`)
const Event = graphql(`
  query IncidentEventById($id: ID!) {
    node(id: $id) {
      __typename
      ... on IncidentEvent {
        kind
        incident {
          id
        }
      }
    }
  }
`)

test('an incident is found by the number that people say, with its labels, and each event by its id', async () => {
  const labels = [
    { name: 'region', value: 'eu' },
    { name: 'constructor', value: 'x' },
  ]
  const { id, number } = await open({ labels })
  const { incident } = await client.ask(Told, { number })
  expect(incident).toMatchObject({ id, events: { nodes: [{ incident: { number } }] } })
  expect(incident!.labels).toEqual(expect.arrayContaining(labels))
  const { node } = await client.ask(Event, { id: incident!.events.nodes[0]!.id })
  expect(node).toEqual({ __typename: 'IncidentEvent', kind: 'OPENED', incident: { id } })
  expect((await client.ask(Told, { number: 1_000_000 })).incident).toBeNull()
  const other = createTestClient(program.url, (await program.seed.tenant()).key)
  expect((await other.ask(Told, { number })).incident).toBeNull()
  expect((await other.ask(Event, { id: incident!.events.nodes[0]!.id })).node).toBeNull()
})

const Worst = graphql(`
  query WorstIncidentsFirst {
    incidents(orderBy: { field: SEVERITY, direction: DESC }) {
      nodes {
        severity
      }
    }
  }
`)

test('by severity, DESC is worst first', async () => {
  const asked = createTestClient(program.url, (await program.seed.tenant()).key)
  for (const severity of ['LOW', 'CRITICAL', 'HIGH', 'MEDIUM']) await open({ severity }, asked)
  const { incidents } = await asked.ask(Worst, {})
  expect(incidents!.nodes.map(({ severity }) => severity)).toEqual(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'])
})
