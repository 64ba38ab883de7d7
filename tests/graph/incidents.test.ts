import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../graphql/gql.ts'
import type { IncidentFilter, IncidentPageQuery, IncidentStatus, MovedMutation } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { globalId } from '../testkit/seed.ts'
import { uuidv7 } from '../../src/platform/ids.ts'

const IncidentPage = graphql(`
  query IncidentPage($first: Int, $after: String, $filter: IncidentFilter, $orderBy: IncidentOrder) {
    incidents(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount
      nodes {
        id
        number
        title
        severity
        firstSeenAt
        lastSeenAt
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`)
const Opened = graphql(`
  mutation Opened($input: OpenIncidentInput!) {
    openIncident(input: $input) {
      __typename
      ... on Incident {
        id
        number
        occurrences
        version
        status
      }
      ... on Problem {
        code
        path
      }
    }
  }
`)
const Moved = graphql(`
  mutation Moved($input: ChangeIncidentStatusInput!) {
    changeIncidentStatus(input: $input) {
      __typename
      ... on Incident {
        id
        status
        version
        resolvedAt
        acknowledgedAt
      }
      ... on Problem {
        code
        message
        path
      }
    }
  }
`)
const Noted = graphql(`
  mutation Noted($input: AddIncidentNoteInput!) {
    addIncidentNote(input: $input) {
      __typename
      ... on Incident {
        version
      }
      ... on Problem {
        code
        path
      }
    }
  }
`)
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

type Answer = MovedMutation['changeIncidentStatus']
const move = async (id: string, status: IncidentStatus, more: object = {}): Promise<Answer> =>
  (await client.ask(Moved, { input: { id, status, ...more } })).changeIncidentStatus
const open = async (input: object = {}, asked = client) => {
  const { openIncident } = await asked.ask(Opened, { input: { title: 'Down', severity: 'HIGH', ...input } })
  if (openIncident.__typename !== 'Incident') throw new Error(JSON.stringify(openIncident))
  return openIncident
}
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
  for (const step of waysTo[from]) expect(await move(id, step)).toMatchObject({ status: step })
  const before = await timeline(id)
  const answer = await move(id, to)
  if (!may) {
    expect(answer).toMatchObject({ __typename: 'ConflictError', code: 'CONFLICT', path: ['status'] })
    expect(await timeline(id)).toEqual(before)
    return
  }
  if (answer.__typename !== 'Incident') throw new Error(JSON.stringify(answer))
  expect(answer).toMatchObject({ status: to, version: before.version + 1 })
  expect(answer.resolvedAt !== null).toBe(to === 'RESOLVED' || to === 'CLOSED')
  expect(answer.acknowledgedAt !== null).toBe([from, to].includes('INVESTIGATING'))
  expect((await timeline(id)).events.nodes.at(-1)).toMatchObject({
    kind: 'STATUS_CHANGED',
    before: from,
    after: to,
    version: answer.version,
    actor: 'key:Test',
  })
})

const of = (answer: Answer) => answer as Extract<Answer, { __typename: 'Incident' }>

test('closing keeps the time of resolving, reopening clears it, and who took it first stays', async () => {
  const { id } = await open()
  const taken = await move(id, 'INVESTIGATING', { note: 'mine' })
  const resolved = await move(id, 'RESOLVED')
  const closed = await move(id, 'CLOSED')
  const reopened = await move(id, 'OPEN', { note: 'it is back' })
  const takenAgain = await move(id, 'INVESTIGATING')
  for (const each of [taken, resolved, closed, reopened, takenAgain])
    if (each.__typename !== 'Incident') throw new Error(JSON.stringify(each))
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

test.each([2, 20])('of %i status changes at once from one version one wins, with one line', async (many) => {
  const { id, version } = await open()
  const answers = await Promise.all(
    Array.from({ length: many }, (_, n) =>
      move(id, n % 2 ? 'RESOLVED' : 'SUPPRESSED', n % 3 ? {} : { expectedVersion: version }),
    ),
  )
  // SUPPRESSED may be resolved next, so without a version a second change can be a step of its own.
  const won = answers.filter((answer) => answer.__typename === 'Incident')
  const versions = won.map((answer) => ('version' in answer ? answer.version : 0))
  expect(new Set(versions).size).toBe(won.length)
  expect(count(versions, (each) => each === version + 1)).toBe(1)
  expect(count(answers, ({ __typename }) => __typename === 'ConflictError')).toBe(many - won.length)
  const { events } = await timeline(id)
  expect(events.nodes.map((event) => event.version)).toEqual([1, ...versions.toSorted((a, b) => a - b)])
})

test('twenty changes that expect the same version: one wins, nineteen are told, one line is written', async () => {
  const { id, version } = await open()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => move(id, 'RESOLVED', { expectedVersion: version })),
  )
  expect(count(answers, ({ __typename }) => __typename === 'Incident')).toBe(1)
  expect(count(answers, ({ __typename }) => __typename === 'ConflictError')).toBe(19)
  expect((await timeline(id)).events.nodes).toHaveLength(2)
})

test('a change that expects an older version is refused, whatever it wants', async () => {
  const { id, version } = await open()
  await client.ask(Noted, { input: { id, note: 'a note counts as a change' } })
  expect(await move(id, 'RESOLVED', { expectedVersion: version })).toMatchObject({
    __typename: 'ConflictError',
    path: ['expectedVersion'],
  })
  expect(await move(id, 'RESOLVED', { expectedVersion: version + 1 })).toMatchObject({ status: 'RESOLVED' })
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
  const { incidents } = await asked.ask(IncidentPage, {})
  expect(incidents.totalCount).toBe(2)
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
      n % 2
        ? open({ fingerprint: 'busy' })
        : client.ask(Noted, { input: { id, note: `note ${n}` } }).then((answer) => answer.addIncidentNote),
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
  expect(await move(id, 'OPEN')).toMatchObject({ status: 'OPEN' })
})

const opening = async (input: object) =>
  (await client.ask(Opened, { input: { title: 'x', severity: 'LOW', ...input } })).openIncident

const noting = async (input: { id: string; note: string }) =>
  (await client.ask(Noted, { input })).addIncidentNote

test('what can not be is told with its field, and what is not there is not found', async () => {
  const { id } = await open()
  const cases: [object, string[]][] = [
    [{ title: ' ' }, ['title']],
    [{ title: 'x'.repeat(301) }, ['title']],
    [{ source: '' }, ['source']],
    [{ fingerprint: '' }, ['fingerprint']],
    [{ fingerprint: 'x'.repeat(201) }, ['fingerprint']],
    [{ labels: [] }, ['labels']],
    [{ labels: { region: 1 } }, ['labels', 'region']],
  ]
  for (const [input, path] of cases)
    expect(await opening(input)).toEqual({ __typename: 'ValidationError', code: 'VALIDATION_FAILED', path })
  expect(await noting({ id, note: ' ' })).toMatchObject({ __typename: 'ValidationError', path: ['note'] })
  expect(await noting({ id, note: 'x'.repeat(20_001) })).toMatchObject({ path: ['note'] })
  const absent = globalId('Incident', uuidv7())
  expect(await noting({ id: absent, note: 'x' })).toEqual({
    __typename: 'NotFoundError',
    code: 'NOT_FOUND',
    path: ['id'],
  })
  expect(await move(absent, 'OPEN')).toMatchObject({ __typename: 'NotFoundError', path: ['id'] })
})

const at = (n: number) => new Date(Date.UTC(2026, 10, 1, 0, Math.floor(n / 5)))

test('pages by every order meet every incident once, worst first by severity, and filters find what they say', async () => {
  const own = await program.seed.tenant()
  const asked = createTestClient(program.url, own.key)
  const severities = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const
  const { service } = program.app.modules.incidents
  for (let n = 0; n < 22; n++)
    await service.open(
      trustedPermit(own.tenant, programActor('test')),
      { title: `T${n % 4}`, severity: severities[n % 4]!, source: `s${n % 2}` },
      at(n),
    )

  type Node = IncidentPageQuery['incidents']['nodes'][number]
  const rank = (node: Node) => severities.indexOf(node.severity)
  const keys: Record<string, (node: Node) => number> = {
    NUMBER: ({ number }) => number,
    SEVERITY: rank,
    FIRST_SEEN_AT: ({ firstSeenAt }) => Date.parse(firstSeenAt),
    LAST_SEEN_AT: ({ lastSeenAt }) => Date.parse(lastSeenAt),
  }
  for (const field of ['NUMBER', 'SEVERITY', 'FIRST_SEEN_AT', 'LAST_SEEN_AT'] as const)
    for (const direction of ['ASC', 'DESC'] as const) {
      const all: Node[] = []
      for (let after: string | null = null; ;) {
        const { incidents }: IncidentPageQuery = await asked.ask(IncidentPage, {
          first: 5,
          after,
          orderBy: { field, direction },
        })
        all.push(...incidents.nodes)
        if (!incidents.pageInfo.hasNextPage) break
        after = incidents.pageInfo.endCursor ?? null
      }
      expect(new Set(all.map(({ id }) => id)).size).toBe(22)
      expect(all).toHaveLength(22)
      const values = all.map(keys[field]!)
      expect(values).toEqual(values.toSorted((a, b) => (direction === 'ASC' ? a - b : b - a)))
    }

  const filters: [IncidentFilter, number][] = [
    [{ severity: { eq: 'CRITICAL' } }, 5],
    [{ severity: { in: ['LOW', 'MEDIUM'] } }, 12],
    [{ status: { eq: 'OPEN' } }, 22],
    [{ status: { in: ['CLOSED'] } }, 0],
    [{ source: { eq: 's1' } }, 11],
    [{ firstSeenAt: { lt: at(5).toISOString() } }, 5],
    [{ lastSeenAt: { gte: at(20).toISOString() } }, 2],
    [{ not: { source: { eq: 's1' } }, or: [{ title: { eq: 'T0' } }, { title: { startsWith: 't2' } }] }, 11],
  ]
  for (const [filter, total] of filters)
    expect(
      (await asked.ask(IncidentPage, { first: 0, filter })).incidents.totalCount,
      JSON.stringify(filter),
    ).toBe(total)
})
