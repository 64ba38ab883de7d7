import { afterAll, beforeAll, expect, test } from 'vitest'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import type { AuditEntryFilter } from '../graphql/graphql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { globalId } from '../testkit/seed.ts'
import { statementsDuring } from '../testkit/statements.ts'
import type { Inhabitant } from '../walls/inhabitant.ts'
import { createPeople } from '../walls/people.ts'

const Log = graphql(`
  query LogWithEdges($filter: AuditEntryFilter, $first: Int) {
    auditLog(filter: $filter, first: $first) {
      totalCount
      nodes {
        id
        action
        outcome
        code
        actor {
          kind
          name
          actorId
          user {
            id
          }
          apiKey {
            name
          }
        }
        resourceType
        resourceId
        resource {
          __typename
          id
          ... on Incident {
            title
          }
        }
      }
    }
  }
`)
const Entry = graphql(`
  query EntryById($id: ID!) {
    node(id: $id) {
      __typename
      ... on AuditEntry {
        action
      }
    }
  }
`)

let program: TestApp
let client: TestClient
let admin: TestClient
let stranger: TestClient
let incidentId: string
let projectId: string
beforeAll(async () => {
  program = await startApp()
  const made = await program.seed.tenant()
  client = createTestClient(program.url, made.key)
  admin = createTestClient(program.url, await program.seed.key(made.tenant, ['admin'], 'Auditor'))
  stranger = createTestClient(program.url, (await program.seed.tenant()).key)
  const opened = (await mutate(client, 'openIncident', { title: 'Down', severity: 'LOW' })) as never
  incidentId = (opened as { incident: { id: string } }).incident.id
  await mutate(client, 'addIncidentNote', { id: incidentId, note: 'N' })
  await mutate(client, 'changeIncidentStatus', { id: incidentId, status: 'CLOSED' })
  const { projects } = program.app.modules
  const permit = trustedPermit<'project:write'>(made.tenant, programActor('cleaner'))
  const { id } = await projects.service.create(permit, { name: 'P', slug: 'p' })
  await projects.service.remove(permit, id)
  projectId = globalId('Project', id)
})
afterAll(() => program.stop())

const entries = async (filter: AuditEntryFilter, asked = client) =>
  (await asked.ask(Log, { filter })).auditLog!.nodes

test('an entry leads to the object that it is about and to the key that did it', async () => {
  const [change] = await entries({ action: { eq: 'changeIncidentStatus' } })
  expect(change).toMatchObject({
    outcome: 'FAILED',
    code: 'CONFLICT',
    actor: { kind: 'API_KEY', name: 'Test', user: null, apiKey: { name: 'Test' } },
    resource: { __typename: 'Incident', id: incidentId, title: 'Down' },
    resourceId: incidentId,
  })
  expect(Buffer.from(change!.actor.actorId!, 'base64').toString()).toMatch(/^ApiKey:/)
  const [issued] = await entries({ actor: { eq: 'operator' } })
  expect(issued!.actor).toEqual({
    kind: 'OPERATOR',
    name: 'operator',
    actorId: null,
    user: null,
    apiKey: null,
  })
})

test('of a deleted object its id is left, and finds all that was done to it', async () => {
  const found = await entries({ resource: { eq: projectId } })
  expect(found.map(({ action }) => action)).toEqual(['deleteProject', 'createProject'])
  for (const { resource, resourceId } of found) expect([resource, resourceId]).toEqual([null, projectId])
})

test('the log is found by object, whatever its type, and by who did it', async () => {
  const actions = async (filter: AuditEntryFilter) =>
    (await entries(filter)).map(({ action }) => action).toSorted()
  const ofIncident = ['addIncidentNote', 'changeIncidentStatus', 'openIncident']
  const ofProject = ['createProject', 'deleteProject']
  expect(await actions({ resource: { eq: incidentId } })).toEqual(ofIncident)
  expect(await actions({ resource: { in: [incidentId, projectId] } })).toEqual([
    ...ofIncident.slice(0, 2),
    ...ofProject,
    'openIncident',
  ])
  // The same row id in an id of another type is another object.
  const [, row] = Buffer.from(incidentId, 'base64').toString().split(':')
  expect(await actions({ resource: { eq: globalId('Project', row!) } })).toEqual([])
  const [opened] = await entries({ resource: { eq: incidentId } })
  expect(await actions({ actorId: { eq: opened!.actor.actorId } })).toEqual(ofIncident)
  expect(await actions({ actorId: { eq: globalId('ApiKey', uuidv7()) } })).toEqual([])
  expect(await actions({ actorId: { eq: incidentId } })).toEqual([])
  const all = await actions({})
  const rest = await actions({ not: { resource: { in: [incidentId, projectId] } } })
  expect(rest.length).toBe(all.length - 5)
})

test('who may read the log alone is shown no object of it', async () => {
  const found = await entries({ resource: { eq: incidentId } }, admin)
  expect(found).toHaveLength(3)
  for (const { resource, resourceId, actor } of found) {
    expect([resource, resourceId]).toEqual([null, incidentId])
    expect(actor.apiKey).toEqual({ name: 'Test' }) // admin is what reads keys
  }
})

test('an entry is found by its id by who may read the log of its tenant, and by nobody else', async () => {
  const { id } = (await entries({ action: { eq: 'openIncident' } }))[0]!
  expect((await client.ask(Entry, { id })).node).toEqual({ __typename: 'AuditEntry', action: 'openIncident' })
  expect((await stranger.ask(Entry, { id })).node).toBeNull()
  const { tenant } = await program.seed.tenant()
  const reader = createTestClient(program.url, await program.seed.key(tenant, ['read']))
  expect((await reader.request(Entry, { id })).data?.node ?? null).toBeNull()
})

test('the objects of a page are read by one statement a type', async () => {
  for (let index = 0; index < 5; index += 1)
    await mutate(client, 'openIncident', { title: `More ${index}`, severity: 'LOW' })
  const filter = { action: { eq: 'openIncident' } }
  const statements = await statementsDuring(() => client.ask(Log, { filter, first: 20 }))
  const reading = (table: string) =>
    statements.filter(({ text }) => text.includes(`FROM "public"."${table}"`))
  expect(reading('incidents')).toHaveLength(1)
  expect(reading('api_keys').length).toBeLessThanOrEqual(1)
})

const actorBen = async (asked: TestClient) =>
  (await entries({ actor: { eq: 'ben person' } }, asked))[0]!.actor

test('an entry leads to the user that did it, as long as that is a member', async () => {
  const { tenant, key } = await program.seed.tenant()
  const reader = createTestClient(program.url, key)
  const people = await createPeople(program)
  const home = { tenant } as Inhabitant
  const [ann, ben] = [await people.person('ann', [home]), await people.person('ben', [home])]
  const [asAnn, asBen] = [await ann.actIn(home), await ben.actIn(home)]
  await people.close()
  await mutate(asBen.client, 'openIncident', { title: 'Down', severity: 'LOW' })
  const known = { kind: 'USER', name: 'ben person', actorId: ben.userId, apiKey: null }
  expect(await actorBen(asAnn.client)).toEqual({ ...known, user: { id: ben.userId } })
  expect(await actorBen(reader)).toEqual({ ...known, user: null }) // no key sees accounts
  const { slug } = (await asBen.client.request<{ tenant: { slug: string } }, object>('{ tenant { slug } }'))
    .data!.tenant
  expect((await mutate(asBen.client, 'leaveTenant', { slug })).code).toBeUndefined()
  expect(await actorBen(asAnn.client)).toEqual({ ...known, user: null })
})
