import { createHash } from 'node:crypto'
import { Client } from 'pg'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../../../tests/testkit/app.ts'
import { createTestClient, type Answer } from '../../../tests/testkit/client.ts'
import { mutate, mutationDocument } from '../../../tests/testkit/mutate.ts'
import { usesWrittenDuring } from '../../../tests/testkit/statements.ts'
import { globalId } from '../../../tests/testkit/seed.ts'
import { eventually, settled } from '../../../tests/testkit/waiters.ts'
import { hashSecret } from '../../auth/api-key.ts'
import type { AccessScope } from '../../auth/actions.ts'
import { uuidv7 } from '../../platform/ids.ts'

let program: TestApp
let owner: Client
beforeAll(async () => {
  program = await startApp()
  owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await program.stop()
})

type Result = {
  __typename: string
  message?: string
  path?: string[]
  key?: string
  apiKey?: { id: string; name: string; scopes: string[]; expiresAt: string | null; revokedAt: string | null }
}

const clientOf = (key: string) => {
  const client = createTestClient(program.url, key)
  const run = (name: string, input: object) => mutate(client, name, input) as unknown as Promise<Result>
  return {
    ...client,
    create: (input: object) => run('createApiKey', { name: 'New', scopes: ['READ'], mode: 'TEST', ...input }),
    rotate: (id: string, overlap?: string) => run('rotateApiKey', { id, overlap }),
    revoke: (id: string) => run('revokeApiKey', { id }),
    /** The slug of the project of a key; null for one of the whole tenant. */
    projectOf: async (id: string): Promise<string | null> => {
      const answer = (await client.request(
        'query ($id: ID!) { node(id: $id) { ... on ApiKey { project { slug } } } }',
        { id },
      )) as Answer<{ node: { project: { slug: string } | null } }>
      if (answer.errors) throw new Error(JSON.stringify(answer.errors))
      return answer.data!.node.project?.slug ?? null
    },
    works: async () => (await client.request('{ tenant { id } }')).status === 200,
  }
}
const adminWith = async (scopes: AccessScope[] = ['read', 'write', 'ingest', 'admin']) => {
  const { tenant, slug } = await program.seed.tenant()
  const key = await program.seed.key(tenant, scopes)
  return { tenant, slug, key, client: clientOf(key) }
}
const rowOf = async (key: string) =>
  (
    await owner.query<{ id: string; usage_count: string; last_used_at: Date | null }>(
      'SELECT * FROM api_keys WHERE hash = $1',
      [hashSecret(key)],
    )
  ).rows[0]!

test('a key is shown once, works at once, and neither it nor its hash stands in any list or in the audit log', async () => {
  const { client, tenant } = await adminWith()
  const made = await client.create({ name: 'Deploy', scopes: ['READ', 'INGEST'], mode: 'LIVE' })
  expect(made).toMatchObject({
    __typename: 'CreateApiKeyPayload',
    apiKey: { name: 'Deploy', scopes: ['READ', 'INGEST'] },
  })
  expect(made.key).toMatch(/^hg_live_/)
  expect(await clientOf(made.key!).works()).toBe(true)
  const stored = await owner.query<{ hash: Buffer; prefix: string; text: string }>(
    'SELECT hash, prefix, to_jsonb(k)::text AS text FROM api_keys k WHERE prefix = $1 AND tenant_id = $2',
    [made.key!.slice(0, 12), tenant],
  )
  expect(stored.rows).toHaveLength(1)
  expect(stored.rows[0]!.hash).toEqual(createHash('sha256').update(made.key!).digest())
  expect(stored.rows[0]!.text).not.toContain(made.key!.slice(12, 44))
  const lists = await client.request(
    `{ apiKeys { totalCount nodes { id name prefix scopes createdAt expiresAt lastUsedAt usageCount revokedAt project { id } } }
       auditLog { nodes { action before after } } }`,
  )
  const text = JSON.stringify(lists)
  expect(lists.errors).toBeUndefined()
  expect(text).toContain(made.apiKey!.id)
  expect(text).not.toContain(made.key)
  const { rows } = await owner.query<{ row: object }>(
    'SELECT to_jsonb(l) AS row FROM audit_logs l WHERE tenant_id = $1 ORDER BY sequence DESC',
    [tenant],
  )
  const everything = text + JSON.stringify(rows)
  expect(everything).not.toContain(made.key!.slice(20, 40))
  expect(everything).not.toContain(hashSecret(made.key!).toString('hex'))
  expect(rows.map(({ row }) => row)).toMatchObject([
    {
      actor: 'Test',
      actor_kind: 'apiKey',
      action: 'createApiKey',
      resource_type: 'ApiKey',
      before: null,
      after: { name: 'Deploy', scopes: ['read', 'ingest'] },
      address: '127.0.0.0/24',
      outcome: 'SUCCESS',
    },
    { action: 'createApiKey', actor: 'operator', address: null },
    { action: 'createApiKey', actor: 'operator' },
    { action: 'createTenant', actor: 'operator' },
  ])
})

test('a key gives no more than it has: scopes, project, and length of life', async () => {
  const { client, tenant } = await adminWith(['read', 'admin'])
  expect(await client.create({ scopes: ['READ', 'WRITE'] })).toMatchObject({
    __typename: 'ForbiddenError',
    path: ['scopes'],
  })
  const strong = globalId('ApiKey', (await rowOf(await program.seed.key(tenant, ['read', 'write']))).id)
  expect(await client.rotate(strong)).toMatchObject({ __typename: 'ForbiddenError', path: ['scopes'] })
  const { rows } = await owner.query<{ id: string }>('SELECT id FROM projects WHERE tenant_id = $1', [tenant])
  const projectId = globalId('Project', rows[0]!.id)
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const narrow = await client.create({ scopes: ['READ', 'ADMIN'], projectId, expiresAt })
  const answer = await client.request(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { ... on CreateApiKeyPayload { apiKey { project { id } } } } }`,
    { input: { name: 'Its project', scopes: ['READ'], mode: 'TEST', projectId } },
  )
  expect(answer.data).toEqual({ createApiKey: { apiKey: { project: { id: projectId } } } })
  expect(narrow.apiKey).toMatchObject({ expiresAt })
  expect(await client.projectOf(narrow.apiKey!.id)).toBe('default')
  expect(await client.projectOf(strong)).toBeNull()
  const limited = clientOf(narrow.key!)
  expect(await limited.create({ expiresAt })).toMatchObject({
    __typename: 'ForbiddenError',
    path: ['projectId'],
  })
  expect(await limited.create({ projectId })).toMatchObject({
    __typename: 'ForbiddenError',
    path: ['expiresAt'],
  })
  expect(await limited.create({ projectId, expiresAt })).toMatchObject({ __typename: 'CreateApiKeyPayload' })
})

test('bad input is a problem that names the field', async () => {
  const { client } = await adminWith()
  expect(await client.create({ name: ' ' })).toMatchObject({ __typename: 'ValidationError', path: ['name'] })
  expect(await client.create({ scopes: [] })).toMatchObject({
    __typename: 'ValidationError',
    path: ['scopes'],
  })
  expect(await client.create({ expiresAt: '2020-01-01T00:00:00Z' })).toMatchObject({
    __typename: 'ValidationError',
    path: ['expiresAt'],
  })
  for (const projectId of [globalId('Project', uuidv7()), globalId('Stream', uuidv7())])
    expect(await client.create({ projectId })).toMatchObject({
      __typename: 'NotFoundError',
      path: ['projectId'],
    })
  const mine = await client.create({})
  expect(await client.rotate(mine.apiKey!.id, 'P8D')).toMatchObject({
    __typename: 'ValidationError',
    path: ['overlap'],
  })
})

test("another tenant's key is not found, by rotation, revocation, list and node, and stays as it is", async () => {
  const [{ client }, other] = [await adminWith(), await adminWith()]
  const id = globalId('ApiKey', (await rowOf(other.key)).id)
  for (const answer of [
    await client.rotate(id),
    await client.revoke(id),
    await client.revoke(globalId('ApiKey', uuidv7())),
  ])
    expect(answer).toMatchObject({
      __typename: 'NotFoundError',
      message: 'There is no API key with this id.',
    })
  const { data } = await client.request(`{ node(id: "${id}") { id } apiKeys { nodes { id } } }`)
  expect(data).toMatchObject({ node: null })
  expect(JSON.stringify(data)).not.toContain(id)
  expect(await other.client.works()).toBe(true)
})

test('a rotated key works on for its overlap and no longer; without one it ends at once', async () => {
  const { client, tenant } = await adminWith()
  const first = await client.create({})
  const second = await client.rotate(first.apiKey!.id, 'PT1S')
  expect(second.apiKey).toMatchObject({ name: 'New', scopes: ['READ'] })
  expect(await clientOf(second.key!).works()).toBe(true)
  expect(await clientOf(first.key!).works()).toBe(true)
  await eventually(async () => expect(await clientOf(first.key!).works()).toBe(false), 5_000)
  expect(await client.rotate(first.apiKey!.id)).toMatchObject({ __typename: 'ConflictError', path: ['id'] })
  const third = await client.rotate(second.apiKey!.id)
  await eventually(async () => expect(await clientOf(second.key!).works()).toBe(false), 5_000)
  expect(await clientOf(third.key!).works()).toBe(true)
  const { damage } = await program.app.modules.audit.service.verify(tenant)
  expect(damage).toEqual([])
})

test('a key is rotated once, so that rotating leaves two that work and not more', async () => {
  const { client } = await adminWith()
  const first = await client.create({})
  const second = await client.rotate(first.apiKey!.id, 'P7D')
  const again = await client.rotate(first.apiKey!.id, 'P7D')
  expect(again).toMatchObject({ __typename: 'ConflictError', path: ['id'] })
  expect(again.message).toContain('Rotate the one that came in its place')
  expect((await client.rotate(second.apiKey!.id, 'P7D')).apiKey).toBeTruthy()
})

test('keys of edge nodes take no place of others, and a rotation that keeps the old one takes one', async () => {
  const { client, tenant } = await adminWith()
  const add = (count: number, edgeNode: string) =>
    owner.query(
      `INSERT INTO api_keys (id, tenant_id, name, prefix, hash, scopes, edge_node)
       SELECT gen_random_uuid(), $1, 'K', 'hg_live_x', sha256(gen_random_uuid()::text::bytea), '{ingest}', ${edgeNode}
         FROM generate_series(1, $2) n`,
      [tenant, count],
    )
  await add(1_000, `'node-' || n`)
  const made = await client.create({})
  expect(made.apiKey).toBeTruthy()
  await add(1_000, 'NULL')
  const full = { __typename: 'LimitError', code: 'LIMIT_EXCEEDED' }
  expect(await client.create({})).toMatchObject(full)
  expect(await client.rotate(made.apiKey!.id, 'PT1H')).toMatchObject(full)
  expect((await client.rotate(made.apiKey!.id)).apiKey).toBeTruthy()
})

test('uses are counted without a write each, and no count is lost between two programs', async () => {
  const { tenant, key, client } = await adminWith()
  const beside = await program.beside()
  const there = createTestClient(beside.url, key)
  await program.app.keyUsage.flush() // the uses of the tenants of tests before: each tenant is a write
  const from = performance.now()
  const writes = await usesWrittenDuring(() =>
    Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? client : there).request('{ tenant { id } }')),
    ),
  )
  // None but by the clock of either program, every five seconds.
  expect(writes).toBeLessThanOrEqual(2 * Math.ceil((performance.now() - from) / 5_000))
  await Promise.all([program.app.keyUsage.flush(), beside.app.keyUsage.flush()])
  const row = await rowOf(key)
  expect(row.usage_count).toBe('40')
  expect(Date.now() - row.last_used_at!.getTime()).toBeLessThan(10_000)
  await there.request('{ tenant { id } }')
  await beside.stop() // writes what it still has
  expect((await rowOf(key)).usage_count).toBe('41')
  expect(tenant).toBeDefined()
})

const LIVE = 'subscription { tenantViewers { viewers } }'

/** A WebSocket and an SSE stream of a key with a live operation each, and how long until they were closed. */
const openLive = async (key: string) => {
  const socket = new WebSocket(`${program.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const messages: string[] = []
  socket.on('message', (data: Buffer) => {
    messages.push(data.toString())
    if (messages.length === 1)
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: LIVE } }))
  })
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })),
  )
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  const response = await fetch(`${program.url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({ query: LIVE }),
  })
  const reader = response.body!.getReader()
  await reader.read()
  await eventually(() => expect(messages.join('')).toContain('"next"'))
  const ended = (async () => {
    try {
      while (!(await reader.read()).done);
      return 'ended'
    } catch {
      return 'cut' // a connection that is closed under a chunked body fails the read
    }
  })()
  return {
    /** Waits for both, for `withinMs` from now at the most. */
    over: async (withinMs: number): Promise<void> => {
      const since = performance.now()
      const seconds = () => ((performance.now() - since) / 1000).toFixed(2)
      const [code, how] = await Promise.all([
        settled(closed, withinMs, 'the close').then((code) => [code, seconds()] as const),
        settled(ended, withinMs, 'the end').then((how) => [how, seconds()] as const),
      ])
      process.stdout.write(`WebSocket closed with ${code.join(' after ')} s; SSE ${how.join(' after ')} s\n`)
      expect(code[0]).toBe(4403)
    },
  }
}

test('the mutation revokeApiKey closes the WebSocket and the SSE stream of that key within 5 s', async () => {
  const { client } = await adminWith()
  const made = await client.create({})
  const live = await openLive(made.key!)
  expect(await client.revoke(made.apiKey!.id)).toMatchObject({
    __typename: 'RevokeApiKeyPayload',
    apiKey: { revokedAt: expect.any(String) },
  })
  await live.over(5_000)
  expect((await client.revoke(made.apiKey!.id)).__typename).toBe('RevokeApiKeyPayload') // a second time changes nothing
})

test('what a rotated key holds open is closed within 5 s of its end: at once, or when the overlap is over', async () => {
  const { client } = await adminWith()
  const [first, second] = [await client.create({}), await client.create({})]
  const lives = await Promise.all([openLive(first.key!), openLive(second.key!)])
  await client.rotate(first.apiKey!.id)
  await client.rotate(second.apiKey!.id, 'PT2S')
  await Promise.all([lives[0].over(5_000), lives[1].over(7_000)])
})

test('what is denied and what fails is recorded with its code and its target, and never with its input', async () => {
  const { tenant, client } = await adminWith()
  const reader = clientOf(await program.seed.key(tenant, ['read']))
  const id = globalId('ApiKey', uuidv7())
  await reader.create({ name: 'canary-name' })
  await client.create({ name: 'canary'.repeat(100) })
  await client.revoke(id)
  await createTestClient(program.url).request(mutationDocument('createApiKey'), {
    input: { name: 'n', scopes: ['READ'], mode: 'TEST' },
  })
  const { rows: newest } = await owner.query<{ row: object }>(
    'SELECT to_jsonb(l) AS row FROM audit_logs l WHERE tenant_id = $1 ORDER BY sequence DESC LIMIT 3',
    [tenant],
  )
  expect(newest.map(({ row }) => row)).toMatchObject([
    { action: 'revokeApiKey', outcome: 'FAILED', code: 'NOT_FOUND', resource_type: 'ApiKey' },
    { action: 'createApiKey', outcome: 'FAILED', code: 'VALIDATION_FAILED', resource_type: null },
    { action: 'createApiKey', outcome: 'DENIED', code: 'FORBIDDEN', after: null },
  ])
  const { rows } = await owner.query('SELECT to_jsonb(l)::text AS text FROM audit_logs l')
  expect(JSON.stringify(rows)).not.toContain('canary')
})

test('the audit log pages by its sequence without a gap or a repetition while rows are added, and filters', async () => {
  const { tenant, client } = await adminWith()
  for (let index = 0; index < 12; index += 1) await program.seed.stream(tenant)
  const page = `query ($after: String) { auditLog(first: 5, after: $after, filter: { action: { eq: "createStream" } }) {
    totalCount pageInfo { endCursor hasNextPage } nodes { sequence action } } }`
  type Page = {
    auditLog: {
      totalCount: number
      pageInfo: { endCursor: string; hasNextPage: boolean }
      nodes: { sequence: string }[]
    }
  }
  const seen: number[] = []
  let after: string | null = null
  for (let more = true; more;) {
    const answer: Answer<Page> = await client.request<Page, object>(page, { after })
    const { pageInfo, nodes } = answer.data!.auditLog
    seen.push(...nodes.map(({ sequence }) => Number(sequence)))
    after = pageInfo.endCursor
    more = pageInfo.hasNextPage
    if (seen.length === 5) await program.seed.stream(tenant)
  }
  expect(seen).toHaveLength(12)
  expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => seen[0]! - index))
})
