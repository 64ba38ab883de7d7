import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../tests/testkit/app.ts'
import { createTestClient, type Answer } from '../../tests/testkit/client.ts'
import { globalId } from '../../tests/testkit/seed.ts'
import { settled } from '../../tests/testkit/waiters.ts'
import type { TypedDocumentString } from '../../tests/graphql/graphql.ts'
import { everythingOf, rootFields } from '../../tests/walls/everything.ts'
import { openTo } from '../../tests/walls/open-to.ts'
import { literalsOf } from '../../tests/walls/literals.ts'
import { schema } from '../graphql/schema.ts'
import { uuidv7, type TenantId } from '../platform/ids.ts'
import { scopes, type AccessScope } from './actions.ts'

let program: TestApp
let tenant: TenantId
let literals: Record<string, string>
const keys = new Map<AccessScope, string>()

beforeAll(async () => {
  program = await startApp()
  tenant = (await program.seed.tenant()).tenant
  const stream = await program.seed.stream(tenant)
  const incident = await program.seed.incident(tenant)
  for (const scope of scopes) keys.set(scope, await program.seed.key(tenant, [scope]))
  const ids = { Stream: [stream.globalId], Incident: [incident.globalId] }
  const names = { streams: [stream.internalName], word: 'access' }
  literals = literalsOf({ ids, globalIds: [stream.globalId, incident.globalId], ...names } as never)
})
afterAll(() => program.stop())

const all = rootFields(schema)
/** What nobody can ask without proving who they are, and of that what a key can be good for. */
const guarded = all.filter(({ field }) => openTo(field) !== 'anybody')
const forKeys = guarded.filter(({ field }) => openTo(field) === 'keys')
const forPeople = guarded.filter(({ field }) => openTo(field) === 'people')
type Root = (typeof all)[number]

/** The code of the problem or the error that stood in the way, or undefined when the field was answered. */
const codeOf = async (root: Root, key?: string): Promise<string | undefined> => {
  const { operation, field } = root
  const text = everythingOf(schema, operation, field, literals, 3)
  const client = createTestClient(program.url, key)
  const answer = (await (async () => {
    if (operation !== 'subscription') return client.request(text)
    const live = client.webSocket()
    const values = live.subscribe(text as unknown as TypedDocumentString<unknown, object>, {})
    // An events topic says nothing until something happens: no refusal within the time is an answer too.
    const first = await settled(values.next(), 1_500, 'an answer').catch(() => undefined)
    await live.close()
    return (first?.value ?? {}) as Answer<unknown>
  })()) as Answer<Record<string, { __typename?: string; ForbiddenError_code?: string } | null>>
  return answer.errors?.[0]?.extensions?.code ?? answer.data?.[field.name]?.ForbiddenError_code
}

test('without a credential one may sign up, sign in, go on with a session, and hear that one is nobody; nothing else', async () => {
  const { data, errors } = (await createTestClient(program.url).request(
    '{ viewer { scopes } }',
  )) as Answer<unknown>
  expect(errors).toBeUndefined()
  expect(data).toEqual({ viewer: null })
  const open = all.filter(({ field }) => openTo(field) === 'anybody').map(({ field }) => field.name)
  expect(open.toSorted()).toEqual(['refreshSession', 'signIn', 'signUp', 'viewer'])
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

/** What each root field needs: reading is read, changing is write. Ingest is a route and not a field. */
const needed = ({ operation }: Root): AccessScope => (operation === 'mutation' ? 'write' : 'read')

test.each(forPeople)(
  '$operation $field.name is FORBIDDEN to every key: it is for who has signed in',
  async (root) => {
    for (const scope of scopes)
      expect([scope, await codeOf(root, keys.get(scope))]).toEqual([scope, 'FORBIDDEN'])
  },
)

test.each(forKeys)('$operation $field.name is FORBIDDEN to a key without its scope', async (root) => {
  for (const scope of scopes)
    if (scope !== needed(root))
      expect([scope, await codeOf(root, keys.get(scope))]).toEqual([scope, 'FORBIDDEN'])
})

test.each(forKeys)('$operation $field.name is answered to a key with its scope', async (root) => {
  const code = await codeOf(root, keys.get(needed(root)))
  // A mutation answers what it changed, and reading that further down needs the scope read.
  expect(code).toBeOneOf(root.operation === 'mutation' ? [undefined, 'FORBIDDEN'] : [undefined])
})

test('only the scope ingest may ingest', async () => {
  for (const scope of scopes) {
    const { status } = await createTestClient(program.url, keys.get(scope)).ingest('viewer_samples', [
      program.seed.sample('a', 1),
    ])
    expect([scope, status]).toEqual([scope, scope === 'ingest' ? 202 : 403])
  }
  expect((await createTestClient(program.url).ingest('viewer_samples', [])).status).toBe(401)
})
