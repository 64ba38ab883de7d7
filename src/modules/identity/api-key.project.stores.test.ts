import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../../../tests/testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../../../tests/testkit/client.ts'
import { mutate } from '../../../tests/testkit/mutate.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'
import { scopes } from '../../auth/actions.ts'
import { permissionScope, type ApiKeyViewer } from '../../auth/viewer.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'

let program: TestApp
beforeAll(async () => {
  program = await sharedApp()
})
afterAll(() => program.stop())

type Project = { id: string; slug: string; environments: { id: string }[] }
type Key = { id: string; name: string }
const data = async <T>(client: TestClient, query: string, variables: object = {}): Promise<T> => {
  const answer = (await client.request(query, variables)) as Answer<T>
  if (!answer.data || answer.errors) throw new Error(JSON.stringify(answer))
  return answer.data
}
const projectsOf = async (client: TestClient): Promise<Project[]> => {
  type Listed = { id: string; slug: string; environments: { nodes: { id: string }[] } }
  const query = `{ tenant { projects(orderBy: { field: CREATED_AT, direction: ASC }) {
    nodes { id slug environments { nodes { id } } } } } }`
  const { tenant } = await data<{ tenant: { projects: { nodes: Listed[] } } }>(client, query)
  return tenant.projects.nodes.map(({ environments, ...project }) => ({
    ...project,
    environments: environments.nodes,
  }))
}
type Made = { __typename: string; key: string; apiKey: Key }
const create = async (client: TestClient, input: object): Promise<Made> => {
  const given = { name: 'Of a project', scopes: scopes.map((scope) => scope.toUpperCase()), mode: 'TEST' }
  return (await mutate(client, 'createApiKey', { ...given, ...input })) as unknown as Made
}

/**
 * A tenant with the projects `default` and `other`, a key for all of it and one with every scope for each
 * project.
 */
const twoProjects = async () => {
  const { key } = await program.seed.tenant()
  const whole = createTestClient(program.url, key)
  await mutate(whole, 'createProject', { name: 'Other', slug: 'other' })
  const [mine, other] = (await projectsOf(whole)) as [Project, Project]
  const [made, theirs] = [
    await create(whole, { projectId: mine.id, name: 'Mine' }),
    await create(whole, { projectId: other.id, name: 'Theirs' }),
  ]
  return { whole, mine, other, made, theirs, bound: createTestClient(program.url, made.key) }
}

test('a key of one project sees that project and its environments, and no other, by list and by id', async () => {
  const { bound, mine, other } = await twoProjects()
  expect(await projectsOf(bound)).toEqual([mine])
  const ids = [mine.id, mine.environments[0]!.id, other.id, other.environments[0]!.id]
  expect(await data(bound, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).toEqual({
    nodes: [{ id: ids[0] }, { id: ids[1] }, null, null],
  })
})

const uuidOf = (globalId: string): string => Buffer.from(globalId, 'base64').toString().split(':')[1]!
const line = (message: string, more: object = {}) => ({ time: new Date().toISOString(), message, ...more })

test('it takes in log lines of its project only, reads only those, and takes in nothing that belongs to the whole tenant', async () => {
  const { whole, bound, mine, other } = await twoProjects()
  const [mineId, otherId] = [uuidOf(mine.id), uuidOf(other.id)]
  await whole.ingest('log_events', [line('other', { project: otherId }), line('of none')])
  const answer = await bound.ingest('log_events', [
    line('mine by itself'),
    line('mine by name', { project: mineId.toUpperCase() }),
    line('not mine', { project: otherId }),
    line('nonsense', { project: 7 }),
    'no object',
  ])
  expect(answer).toMatchObject({
    status: 202,
    body: {
      accepted: 2,
      rejected: [
        { index: 2, code: 'INVALID_FIELD', message: expect.stringContaining('for another project') },
        { index: 3, code: 'INVALID_FIELD' },
        { index: 4, code: 'NOT_AN_OBJECT' },
      ],
    },
  })
  const refused = await bound.ingest('viewer_samples', [program.seed.sample('a', 1)])
  expect([refused.status, refused.body]).toMatchObject([403, { error: { code: 'FORBIDDEN' } }])
  await program.app.ingest.flushed()
  type Logs = { logs: { totalCount: string; nodes: { message: string }[] } }
  const logs = async (client: TestClient) => {
    const { totalCount, nodes } = (await data<Logs>(client, '{ logs { totalCount nodes { message } } }')).logs
    return [Number(totalCount), nodes.map(({ message }) => message).toSorted()]
  }
  expect(await logs(bound)).toEqual([2, ['mine by itself', 'mine by name']])
  expect(await logs(whole)).toEqual([4, ['mine by itself', 'mine by name', 'of none', 'other']])
})

test('it makes, lists, rotates and revokes keys of its project; those of others are not there for it', async () => {
  const { whole, bound, mine, other, made, theirs } = await twoProjects()
  for (const input of [{}, { projectId: other.id }])
    expect(await create(bound, input)).toMatchObject({ __typename: 'ForbiddenError', path: ['projectId'] })
  const next = await create(bound, { projectId: mine.id, name: 'Next' })
  const list = '{ apiKeys { totalCount nodes { name } } }'
  expect(await data(bound, list)).toEqual({
    apiKeys: { totalCount: 2, nodes: [{ name: 'Next' }, { name: 'Mine' }] },
  })
  expect(await data(whole, list)).toMatchObject({ apiKeys: { totalCount: 4 } })
  const change = (mutation: string, { apiKey }: Made) => mutate(bound, mutation, { id: apiKey.id })
  const absent = { __typename: 'NotFoundError', message: 'There is no API key with this id.', path: ['id'] }
  expect(await change('rotateApiKey', theirs)).toMatchObject(absent)
  expect(await change('revokeApiKey', theirs)).toMatchObject(absent)
  expect(await data(bound, `{ node(id: "${theirs.apiKey.id}") { id } }`)).toEqual({ node: null })
  expect(await data(bound, `{ node(id: "${made.apiKey.id}") { id } }`)).toEqual({
    node: { id: made.apiKey.id },
  })
  expect(await projectsOf(createTestClient(program.url, theirs.key))).toHaveLength(1)
  expect(await change('revokeApiKey', next)).toMatchObject({ __typename: 'RevokeApiKeyPayload' })
})

test('it ends with its project, which can be given no other', async () => {
  const { whole, bound, mine, other, theirs } = await twoProjects()
  expect((await bound.request('{ tenant { slug } }')).status).toBe(200)
  await mutate(whole, 'deleteProject', { id: mine.id })
  expect(await create(whole, { projectId: mine.id })).toMatchObject({
    __typename: 'NotFoundError',
    path: ['projectId'],
  })
  await eventually(async () => expect((await bound.request('{ tenant { slug } }')).status).toBe(401), 3_000)
  // Its keys stay in the list, and lead to a project that is deleted no more than its id does.
  const list =
    '{ apiKeys(orderBy: { field: CREATED_AT, direction: ASC }) { nodes { name project { id environments { nodes { id } } } } } }'
  const { nodes } = (await data<{ apiKeys: { nodes: object[] } }>(whole, list)).apiKeys
  expect(nodes.slice(1)).toEqual([
    { name: 'Mine', project: null },
    { name: 'Theirs', project: expect.objectContaining({ id: other.id }) },
  ])
  expect((await createTestClient(program.url, theirs.key).request('{ tenant { slug } }')).status).toBe(200)
})

test('keys of two projects never share an execution', () => {
  const viewer: ApiKeyViewer = {
    kind: 'apiKey',
    id: uuidv7(),
    name: 'Test',
    tenant: uuidv7() as TenantId,
    scopes: new Set(['read']),
  }
  const all = [viewer, { ...viewer, projectId: uuidv7() }, { ...viewer, projectId: uuidv7() }]
  expect(new Set(all.map(permissionScope)).size).toBe(3)
})
