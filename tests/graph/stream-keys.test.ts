import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TenantId } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'

const NewStream = graphql(`
  mutation NewStream($input: CreateStreamInput!) {
    createStream(input: $input) {
      __typename
      ... on StreamWithKey {
        streamKey
        stream {
          id
          internalName
        }
      }
      ... on Problem {
        code
        message
        path
      }
    }
  }
`)
const Rotated = graphql(`
  mutation Rotated($streamId: ID!) {
    rotateStreamKey(streamId: $streamId) {
      __typename
      ... on StreamWithKey {
        streamKey
      }
    }
  }
`)
const EverythingOfStreams = graphql(`
  query EverythingOfStreams($id: ID!, $name: String!) {
    node(id: $id) {
      ... on Stream {
        keys {
          name
          prefix
          isActive
        }
      }
    }
    streamByInternalName(internalName: $name) {
      title
      description
      playbackId
      keys {
        prefix
        isActive
      }
    }
    streams {
      nodes {
        internalName
        keys {
          prefix
        }
      }
    }
  }
`)

let program: TestApp
let tenant: TenantId
let key: string
let client: TestClient

beforeAll(async () => {
  program = await startApp()
  ;({ tenant, key } = await program.seed.tenant())
  client = createTestClient(program.url, key)
})
afterAll(() => program.stop())

const ask = async (input: Record<string, unknown>) =>
  (await client.ask(NewStream, { input: { title: 'A stream', ...input } })).createStream

test('createStream tells what is wrong with which field, as a member of its union', async () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ title: '   ' }, 'title'],
    [{ title: 'x'.repeat(201) }, 'title'],
    [{ internalName: '' }, 'internalName'],
    [{ internalName: '-x' }, 'internalName'],
    [{ internalName: 'a b' }, 'internalName'],
    [{ internalName: 'x'.repeat(101) }, 'internalName'],
    [{ description: 'x'.repeat(5_001) }, 'description'],
    [{ maxViewers: 0 }, 'maxViewers'],
  ]
  for (const [input, field] of cases)
    expect(await ask(input), field).toMatchObject({
      __typename: 'ValidationError',
      code: 'VALIDATION_FAILED',
      path: [field],
    })
  expect(await ask({ internalName: 'taken' })).toMatchObject({ __typename: 'StreamWithKey' })
  expect(await ask({ internalName: 'taken' })).toEqual({
    __typename: 'ConflictError',
    code: 'CONFLICT',
    message: 'There is a stream "taken" already. Choose another internalName.',
    path: ['internalName'],
  })
  const many = await Promise.all(Array.from({ length: 10 }, () => ask({ internalName: 'raced' })))
  expect(many.filter(({ __typename }) => __typename === 'StreamWithKey')).toHaveLength(1)
  expect(many.filter(({ __typename }) => __typename === 'ConflictError')).toHaveLength(9)
})

test('a stream key is in the answer that made it, and in no other answer and no row', async () => {
  const { createStream } = await client.ask(NewStream, { input: { title: 'Secret', internalName: 'secret' } })
  if (createStream.__typename !== 'StreamWithKey') throw new Error(createStream.__typename)
  const { id } = createStream.stream
  const { rotateStreamKey } = await client.ask(Rotated, { streamId: id })
  if (rotateStreamKey.__typename !== 'StreamWithKey') throw new Error(rotateStreamKey.__typename)
  const secrets = [createStream.streamKey, rotateStreamKey.streamKey]
  const everything = await client.ask(EverythingOfStreams, { id, name: 'secret' })
  expect(everything.streamByInternalName?.keys).toEqual([
    { prefix: secrets[1]!.slice(0, 12), isActive: true },
    { prefix: secrets[0]!.slice(0, 12), isActive: false },
  ])
  const rows = await program.app.postgres.forTenant(tenant).streamKey.findMany()
  for (const secret of secrets) {
    expect(secret).toMatch(/^sk_live_\w{32}_[0-9a-f]{8}$/)
    expect(JSON.stringify(everything)).not.toContain(secret.slice(0, 16))
    expect(JSON.stringify(rows)).not.toContain(secret.slice(0, 16))
  }
})

test('ten rotations at once leave exactly one active key, and each answer had a key of its own', async () => {
  const stream = await program.seed.stream(tenant)
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => client.ask(Rotated, { streamId: stream.globalId })),
  )
  const keys = answers.map(({ rotateStreamKey: answer }) =>
    answer.__typename === 'StreamWithKey' ? answer.streamKey : answer.__typename,
  )
  expect(new Set(keys).size).toBe(10)
  const { node } = await client.ask(EverythingOfStreams, { id: stream.globalId, name: stream.internalName })
  if (!node || !('keys' in node)) throw new Error('the stream is gone')
  expect(node.keys).toHaveLength(11)
  const active = node.keys.filter(({ isActive }) => isActive)
  expect(active).toHaveLength(1)
  expect(keys.map((each) => each.slice(0, 12))).toContain(active[0]!.prefix)
})
