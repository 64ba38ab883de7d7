import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../tests/testkit/app.ts'
import { createTestClient, type Answer } from '../../tests/testkit/client.ts'
import { globalId } from '../../tests/testkit/seed.ts'
import { settled } from '../../tests/testkit/waiters.ts'
import type { TypedDocumentString } from '../../tests/graphql/graphql.ts'
import { everythingOf, rootFields, tooMuch } from '../../tests/walls/everything.ts'
import { openTo } from '../../tests/walls/open-to.ts'
import { literalsOf } from '../../tests/walls/literals.ts'
import { actionOf, openReason } from '../graphql/root-actions.ts'
import { schema } from '../graphql/schema.ts'
import { uuidv7, type TenantId } from '../platform/ids.ts'
import { tenantScope } from '../platform/postgres/scope.ts'
import { operator } from './actor.ts'
import { trustedPermit } from './permit.ts'
import { actions, scopes, type AccessScope, type Action, type Permission } from './actions.ts'

let program: TestApp
let tenant: TenantId
let literals: Record<string, string>
const keys = new Map<AccessScope, string>()
/** A key with every scope, for one project. */
let ofProject: string

beforeAll(async () => {
  program = await startApp()
  tenant = (await program.seed.tenant()).tenant
  const [project] = await program.app.postgres.query<{ id: string }>(tenantScope(tenant), {
    text: 'SELECT id FROM projects',
  })
  const bound = { name: 'Of a project', mode: 'test', projectId: project!.id } as const
  const permit = trustedPermit<'apiKey:write'>(tenant, operator)
  const { issue } = program.app.modules.apiKeys.service
  ofProject = (await issue(permit, { ...bound, scopes: [...scopes] })).key
  const stream = await program.seed.stream(tenant)
  const incident = await program.seed.incident(tenant)
  for (const scope of scopes) keys.set(scope, await program.seed.key(tenant, [scope]))
  const { id } = await issue(permit, { name: 'Tried on', scopes: ['read'], mode: 'test' })
  const { edgeNodes } = program.app.modules
  const nodes = ['n', 'o'].map((slug) => ({ slug, name: slug, cluster: 'c', region: '' }))
  await edgeNodes.service.ensure(tenant, [{ slug: 'c', name: 'c' }], nodes)
  const [made, spare] = await edgeNodes.reads.page(tenant, { take: 2 })
  const ids = {
    Stream: [stream.globalId],
    Incident: [incident.globalId],
    ApiKey: [globalId('ApiKey', id)],
    EdgeNode: [globalId('EdgeNode', made!.id)],
  }
  const names = { streams: [stream.internalName], word: 'access' }
  // One to delete, so that the other is still there for what is asked after it.
  const deleted = await program.seed.stream(tenant)
  literals = {
    ...literalsOf({ ids, ...names } as never),
    // What the scope read opens.
    'Query.nodes.ids': JSON.stringify([stream.globalId, incident.globalId]),
    'Mutation.deleteStream.input': `{ id: "${deleted.globalId}" }`,
    'Mutation.deleteEdgeNode.input': `{ id: "${globalId('EdgeNode', spare!.id)}" }`,
  }
})
afterAll(() => program.stop())

const all = rootFields(schema)
/** What nobody can ask without proving who they are, and of that what a key can be good for. */
const guarded = all.filter(({ field }) => openTo(field) !== 'anybody')
const forKeys = guarded.filter(({ field }) => openTo(field) === 'keys')
const forPeople = guarded.filter(({ field }) => openTo(field) === 'people')
type Root = (typeof all)[number]

/**
 * The code of the problem or the error that stood in the way, or undefined when the field was answered with
 * all below it; and whether it was answered at all.
 */
const outcomeOf = async (
  root: Root,
  key?: string,
  depth = 3,
): Promise<{ code?: string; answered: boolean }> => {
  const { operation, field } = root
  const text = everythingOf(schema, operation, field, literals, depth)
  const client = createTestClient(program.url, key)
  const answer = (await (async () => {
    if (operation !== 'subscription') return client.request(text)
    const live = client.webSocket()
    const values = live.subscribe(text as unknown as TypedDocumentString<unknown, object>, {})
    // An events topic says nothing until something happens: no refusal within the time is an answer too.
    // What is refused before it begins is told as errors and not as a value.
    const first = await settled(values.next(), 1_500, 'an answer').catch((error: unknown) =>
      Array.isArray(error) ? { value: { errors: error as object[] } } : undefined,
    )
    await live.close()
    return (first?.value ?? {}) as Answer<unknown>
  })()) as Answer<Record<string, { __typename?: string; code?: string } | null>>
  const problem = answer.data?.[field.name]
  const refused = problem?.__typename === 'ForbiddenError' ? problem.code : undefined
  const code = answer.errors?.[0]?.extensions?.code ?? refused
  if (tooMuch.has(code) && depth > 0) return outcomeOf(root, key, depth - 1)
  return { ...(code !== undefined && { code }), answered: problem != null && refused === undefined }
}
const codeOf = async (root: Root, key?: string) => (await outcomeOf(root, key)).code

/**
 * What is open to nobody in particular: signing up and in, going on with a session, and hearing who one is.
 */
const doors = [
  'beginOAuth',
  'completeOAuth',
  'refreshSession',
  'registerEdgeNode',
  'signIn',
  'signInProviders',
  'signUp',
  'viewer',
]

test('without a credential one may sign up, sign in, go on with a session, and hear that one is nobody; nothing else', async () => {
  const { data, errors } = (await createTestClient(program.url).request(
    '{ viewer { scopes } }',
  )) as Answer<unknown>
  expect(errors).toBeUndefined()
  expect(data).toEqual({ viewer: null })
  const open = all.filter(({ field }) => openTo(field) === 'anybody').map(({ field }) => field.name)
  expect(open.toSorted()).toEqual(doors)
})

test.each(guarded)('$operation $field.name without a key is UNAUTHENTICATED', async (root) => {
  expect(await codeOf(root)).toBe('UNAUTHENTICATED')
})

test('node and nodes without a key are UNAUTHENTICATED for any id at all', async () => {
  const nobody = createTestClient(program.url)
  for (const type of [
    'Tenant',
    'Project',
    'Environment',
    'Stream',
    'Cluster',
    'EdgeNode',
    'Incident',
    'ApiKey',
    'User',
    'Session',
    'Nothing',
  ])
    for (const query of [
      'query ($id: ID!) { node(id: $id) { id } }',
      'query ($id: ID!) { nodes(ids: [$id]) { id } }',
    ]) {
      const answer = (await nobody.request(query, { id: globalId(type, uuidv7()) })) as Answer<unknown>
      expect([type, answer.errors?.[0]?.extensions?.code]).toEqual([type, 'UNAUTHENTICATED'])
    }
  const none = (await nobody.request('{ nodes(ids: []) { id } }')) as Answer<unknown>
  expect(none.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
})

test('every root field names its action, or says why it has none', () => {
  const silent = all.filter(
    ({ field }) => (actionOf(field) === undefined) === (openReason(field) === undefined),
  )
  expect(silent.map(({ operation, field }) => `${operation} ${field.name}`)).toEqual([])
  const open = all.filter(({ field }) => openReason(field)).map(({ field }) => field.name)
  expect(open.toSorted()).toEqual([...doors, 'node', 'nodes'].toSorted())
})

test('every action is named by a root field, by a route, or by what a mutation leads to', () => {
  const named = new Set(all.map(({ field }) => actionOf(field)))
  expect(Object.keys(actions).filter((action) => !named.has(action as Action))).toEqual(['ingest:write'])
})

/**
 * The scopes that open each root field; `node` and `nodes` are asked here for things that the scope read
 * opens.
 */
const opens = ({ field }: Root): readonly AccessScope[] => {
  const action = actionOf(field)
  return action ? actions[action].scopes : ['read']
}

test.each(forPeople)(
  '$operation $field.name is FORBIDDEN to every key: it is for who has signed in',
  async (root) => {
    for (const scope of scopes)
      expect([scope, await codeOf(root, keys.get(scope))]).toEqual([scope, 'FORBIDDEN'])
  },
)

test.each(forKeys)('$operation $field.name is FORBIDDEN to a key without its scope', async (root) => {
  for (const scope of scopes)
    if (!opens(root).includes(scope))
      expect([scope, await codeOf(root, keys.get(scope))]).toEqual([scope, 'FORBIDDEN'])
})

test.each(forKeys)('$operation $field.name is answered to a key with its scope', async (root) => {
  const { code, answered } = await outcomeOf(root, keys.get(opens(root)[0]!))
  // What it leads to may need another scope: the project of a key needs `read`. That part alone is refused
  // then; of the payload of a mutation it can be all.
  expect(code).toBeOneOf(answered || root.operation === 'mutation' ? [undefined, 'FORBIDDEN'] : [undefined])
})

/** What it may do, but not for the whole tenant, as the input here asks. */
const heldBack = new Set(['createApiKey'])
test.each(forKeys)(
  '$operation $field.name is answered to a key of one project only when all of it can be of that project',
  async (root) => {
    const action = actionOf(root.field)
    const { inProject }: Permission = action ? actions[action] : { scopes: [], roles: [] } // node: here of the whole tenant
    const code = await codeOf(root, ofProject)
    if (inProject && !heldBack.has(root.field.name)) expect(code).not.toBe('FORBIDDEN')
    else expect(code).toBe('FORBIDDEN')
  },
)

test('only the scope ingest may ingest', async () => {
  for (const scope of scopes) {
    const { status } = await createTestClient(program.url, keys.get(scope)).ingest('viewer_samples', [
      program.seed.sample('a', 1),
    ])
    expect([scope, status]).toEqual([scope, scope === 'ingest' ? 202 : 403])
  }
  expect((await createTestClient(program.url).ingest('viewer_samples', [])).status).toBe(401)
})
