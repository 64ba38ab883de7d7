import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TenantId } from '../../src/platform/ids.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { statementsDuring } from '../testkit/statements.ts'

let program: TestApp
let tenant: TenantId
let client: TestClient

beforeAll(async () => {
  program = await sharedApp()
  const made = await program.seed.tenant()
  tenant = made.tenant
  client = createTestClient(program.url, made.key)
})
afterAll(() => program.stop())

const create = (input: Record<string, unknown>) =>
  mutate(client, 'createStream', { title: 'A stream', ...input })
type WithKey = { __typename: string; streamKey: string; stream: { id: string } }
const rotate = async (id: string) => (await mutate(client, 'rotateStreamKey', { id })) as unknown as WithKey

type Keys = { nodes: { name: string; prefix: string; isActive: boolean }[] }
const KEYS = 'keys(first: 100) { nodes { name prefix isActive } }'
const everything = async (id: string) => {
  const answer = (await client.request(
    `query ($id: ID!) { node(id: $id) { ... on Stream { internalName playbackId ${KEYS} } } streams(first: 20) { nodes { internalName ${KEYS} } } }`,
    { id },
  )) as Answer<{ node: { keys: Keys } }>
  return { text: JSON.stringify(answer), keys: answer.data!.node.keys.nodes }
}

test('createStream tells what is wrong with which field, as a member of its union', async () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ title: '   ' }, 'title'],
    [{ title: 'x'.repeat(201) }, 'title'],
    [{ internalName: '' }, 'internalName'],
    [{ internalName: '\u200bx' }, 'internalName'],
    [{ internalName: 'a\nb' }, 'internalName'],
    [{ internalName: 'x'.repeat(129) }, 'internalName'],
    [{ description: 'x'.repeat(5_001) }, 'description'],
    [{ maxViewers: 0 }, 'maxViewers'],
  ]
  for (const [input, field] of cases)
    expect(await create(input), field).toMatchObject({
      __typename: 'ValidationError',
      code: 'VALIDATION_FAILED',
      path: [field],
    })
  expect(await create({ internalName: 'taken' })).toMatchObject({ __typename: 'CreateStreamPayload' })
  expect(await create({ internalName: 'taken' })).toEqual({
    __typename: 'ConflictError',
    code: 'CONFLICT',
    message: 'There is or was a stream "taken". Choose another internalName.',
    path: ['internalName'],
  })
  const many = await Promise.all(Array.from({ length: 10 }, () => create({ internalName: 'raced' })))
  expect(many.filter(({ __typename }) => __typename === 'CreateStreamPayload')).toHaveLength(1)
  expect(many.filter(({ __typename }) => __typename === 'ConflictError')).toHaveLength(9)
})

test('a problem names all fields at fault, each with its message', async () => {
  const answer = await client.request(
    'mutation ($input: CreateStreamInput!) { createStream(input: $input) { ... on ValidationError { path errors { path message } } } }',
    { input: { title: 'A stream', internalName: 'a\nb', maxViewers: -1 } },
  )
  expect(answer).toMatchObject({
    data: {
      createStream: {
        path: ['internalName'],
        errors: [
          { path: ['internalName'], message: expect.stringContaining('invisible') },
          { path: ['maxViewers'], message: 'maxViewers: at least 1 are needed.' },
        ],
      },
    },
  })
})

test('the id of something else, and what is no id, are answered like one that nobody has', async () => {
  const { globalId } = await program.seed.incident(tenant)
  for (const id of [globalId, 'garbage', '', 'U3RyZWFtOg=='])
    expect(await rotate(id), id).toMatchObject({ __typename: 'NotFoundError', path: ['id'] })
})

test('a stream key is in the answer that made it, and in no other answer and no row', async () => {
  const created = (await create({ title: 'Secret' })) as unknown as WithKey
  const { id } = created.stream
  const secrets = [created.streamKey, (await rotate(id)).streamKey]
  const { keys, text } = await everything(id)
  expect(keys).toEqual([
    { name: 'Primary', prefix: secrets[1]!.slice(0, 12), isActive: true },
    { name: 'Primary', prefix: secrets[0]!.slice(0, 12), isActive: false },
  ])
  const rows = await program.app.postgres.forTenant(tenant).streamKey.findMany()
  for (const secret of secrets) {
    expect(secret).toMatch(/^sk_live_\w{32}_[0-9a-f]{8}$/)
    expect(text).not.toContain(secret.slice(0, 16))
    expect(JSON.stringify(rows)).not.toContain(secret.slice(0, 16))
  }
})

test('ten rotations at once leave exactly one active key, and each answer had a key of its own', async () => {
  const stream = await program.seed.stream(tenant)
  const answers = await Promise.all(Array.from({ length: 10 }, () => rotate(stream.globalId)))
  const made = answers.map(({ streamKey }) => streamKey)
  expect(new Set(made).size).toBe(10)
  const { keys } = await everything(stream.globalId)
  expect(keys).toHaveLength(11)
  const active = keys.filter(({ isActive }) => isActive)
  expect(active).toHaveLength(1)
  expect(made.map((each) => each.slice(0, 12))).toContain(active[0]!.prefix)
})

test('the keys of all streams of a page are read by one statement, and each page is whole where one stream has very many', async () => {
  const other = await program.seed.tenant()
  const asked = createTestClient(program.url, other.key)
  const [few, many] = [await program.seed.stream(other.tenant), await program.seed.stream(other.tenant)]
  const query =
    'query { streams(first: 2) { nodes { id keys(first: 3) { nodes { prefix } pageInfo { hasNextPage } } } } }'
  type Page = { streams: { nodes: { id: string; keys: Keys & { pageInfo: { hasNextPage: boolean } } }[] } }
  const read = async () => {
    const { data } = (await asked.request(query)) as Answer<Page>
    return new Map(
      data!.streams.nodes.map(({ id, keys }) => [id, [keys.nodes.length, keys.pageInfo.hasNextPage]]),
    )
  }
  const statements = async () =>
    (await statementsDuring(read)).filter(({ text }) => text.includes('stream_keys')).length
  expect(await statements()).toBe(1)
  for (let n = 0; n < 45; n += 1) await mutate(asked, 'rotateStreamKey', { id: many.globalId })
  expect(await read()).toEqual(
    new Map([
      [few.globalId, [1, false]],
      [many.globalId, [3, true]],
    ]),
  )
  expect(await statements()).toBe(3)
})
