import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../../../tests/testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../../../tests/testkit/client.ts'
import { mutate, type Payload } from '../../../tests/testkit/mutate.ts'
import { statementsDuring } from '../../../tests/testkit/statements.ts'
import { stores } from '../../../tests/testkit/stores.ts'
import { makeStreamKey } from '../../auth/api-key.ts'
import { programActor } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import { decodeGlobalID } from '../../graphql/global-id.ts'
import type { TenantId } from '../../platform/ids.ts'
import { createRedis, type RedisStore } from '../../platform/redis/client.ts'
import { createThrottling } from '../../platform/redis/throttle.ts'
import { createChanges } from '../audit/audit.change.ts'
import { createStreamKeyService } from './stream-key.service.ts'
import { createStreamKeyStore } from './stream-key.store.ts'

let program: TestApp
let redis: RedisStore
let tenant: TenantId
let client: TestClient
/** The media server's: `ingest` and nothing else. */
let media: TestClient
beforeAll(async () => {
  program = await sharedApp()
  redis = createRedis({
    url: stores().redisUrl,
    log: pino({ level: 'silent' }),
    prefix: `keys-${process.pid}:`,
  })
  await redis.ready()
  const made = await program.seed.tenant()
  tenant = made.tenant
  client = createTestClient(program.url, made.key)
  media = createTestClient(program.url, await program.seed.key(tenant, ['ingest']))
})
afterAll(async () => {
  await redis.close()
  await program.stop()
})

type Made = { code?: string; key: { id: string }; streamKey: string }
const add = async (streamId: string, name = 'Spare') =>
  (await mutate(client, 'createStreamKey', { streamId, name })) as unknown as Made
const ASK = `mutation ($key: String!) { validateStreamKey(input: { key: $key }) { __typename
  ... on ValidateStreamKeyPayload { internalName recordingMode maxViewers } ... on Problem { code message path } } }`
const opens = async (key: string, by = media) => {
  const { data } = (await by.request(ASK, { key })) as Answer<{ validateStreamKey: Payload }>
  return data!.validateStreamKey
}
const rowOf = (id: string) =>
  program.app.postgres.forTenant(tenant).streamKey.findFirst({ where: { id: decodeGlobalID(id).id } })

test('each key of a stream is made, renamed, used and revoked by itself', async () => {
  const { globalId, internalName } = await program.seed.stream(tenant)
  const [one, two] = [await add(globalId, 'Studio'), await add(globalId, 'Van')]
  expect(await mutate(client, 'renameStreamKey', { id: one.key.id, name: ' Hall ' })).toMatchObject({
    key: { name: 'Hall', isActive: true, lastUsedAt: null },
  })
  const stream = { internalName, recordingMode: 'OFF', maxViewers: null }
  for (const { streamKey } of [one, two]) expect(await opens(streamKey)).toMatchObject(stream)
  const revoke = () => mutate(client, 'revokeStreamKey', { id: one.key.id })
  expect(await revoke()).toMatchObject({ key: { isActive: false, lastUsedAt: expect.any(String) } })
  expect(await revoke()).toMatchObject({ key: { isActive: false } })
  expect((await opens(one.streamKey)).code).toBe('UNAUTHENTICATED')
  expect(await opens(two.streamKey)).toMatchObject(stream)
})

test('a stream has at most 20 active keys, also when many come at once; one that is revoked makes room', async () => {
  const { globalId } = await program.seed.stream(tenant)
  const made = await Promise.all(Array.from({ length: 24 }, () => add(globalId)))
  const { data } = (await client.request(
    'query ($id: ID!) { node(id: $id) { ... on Stream { keys(filter: { isActive: { eq: true } }) { totalCount } } } }',
    { id: globalId },
  )) as Answer<{ node: { keys: { totalCount: number } } }>
  expect(data!.node.keys.totalCount).toBe(20)
  expect(await add(globalId)).toMatchObject({ code: 'LIMIT_EXCEEDED', path: ['streamId'] })
  await mutate(client, 'revokeStreamKey', { id: made.find(({ code }) => !code)!.key.id })
  expect((await add(globalId)).code).toBeUndefined()
})

test('a name that is none and the id of something else are refused by their field', async () => {
  const { globalId } = await program.seed.stream(tenant)
  const { key } = await add(globalId)
  expect(await add(globalId, '  ')).toMatchObject({ code: 'VALIDATION_FAILED', path: ['name'] })
  expect(await add(key.id)).toMatchObject({ code: 'NOT_FOUND', path: ['streamId'] })
  expect(await mutate(client, 'renameStreamKey', { id: globalId, name: 'N' })).toMatchObject({
    code: 'NOT_FOUND',
    path: ['id'],
  })
})

test('a key that is wrong, revoked, of another tenant, of an ended or a deleted stream is answered alike', async () => {
  const other = await program.seed.tenant()
  const foreign = (await mutate(createTestClient(program.url, other.key), 'createStream', {
    title: 'T',
  })) as unknown as { streamKey: string }
  const made = async () => {
    const { globalId } = await program.seed.stream(tenant)
    return { id: globalId, ...(await add(globalId)) }
  }
  const [revoked, ended, deleted] = [await made(), await made(), await made()]
  await mutate(client, 'revokeStreamKey', { id: revoked.key.id })
  await mutate(client, 'endStream', { id: ended.id })
  await mutate(client, 'deleteStream', { id: deleted.id })
  const answers = new Set<string>()
  for (const key of [
    '',
    'x',
    makeStreamKey(),
    foreign.streamKey,
    revoked.streamKey,
    ended.streamKey,
    deleted.streamKey,
  ])
    answers.add(JSON.stringify(await opens(key)))
  expect([...answers].map((answer) => JSON.parse(answer) as object)).toEqual([
    {
      __typename: 'CredentialsError',
      code: 'UNAUTHENTICATED',
      message: 'This key opens no stream.',
      path: ['key'],
    },
  ])
  await mutate(client, 'startStream', { id: ended.id })
  expect((await opens(ended.streamKey)).__typename).toBe('ValidateStreamKeyPayload')
})

test('the media server needs the scope ingest, and sees no more of the stream than its key may', async () => {
  const { globalId } = await program.seed.stream(tenant)
  const { streamKey: key } = await add(globalId)
  const reader = createTestClient(program.url, await program.seed.key(tenant, ['read', 'write', 'admin']))
  expect((await opens(key, reader)).code).toBe('FORBIDDEN')
  const more = ASK.replace('internalName', 'internalName stream { id title }')
  const answer = (await media.request(more, { key })) as Answer<{ validateStreamKey: object }>
  expect(answer.data!.validateStreamKey).toMatchObject({ internalName: expect.any(String), stream: null })
})

test('a use is written down once a minute and not with each call', async () => {
  const { globalId } = await program.seed.stream(tenant)
  const { key, streamKey } = await add(globalId)
  const { postgres } = program.app
  const store = createStreamKeyStore({
    postgres,
    changes: createChanges({ postgres, poke: () => undefined }),
  })
  let now = Date.now()
  const never = {
    take: async () => undefined,
    giveBack: async () => undefined,
    forget: async () => undefined,
  }
  const service = createStreamKeyService({
    store,
    throttles: { streamKeys: never },
    clock: { now: () => now },
  })
  const permit = trustedPermit<'streamKey:validate'>(tenant, programActor('test'))
  const use = () => service.open(permit, streamKey)
  const writes = async () =>
    (await statementsDuring(use)).filter(({ text }) => text.startsWith('UPDATE')).length
  const first = now
  expect(await writes()).toBe(1)
  now += 59_000
  expect(await writes()).toBe(0)
  expect((await rowOf(key.id))!.lastUsedAt).toEqual(new Date(first))
  now += 1_000
  expect(await writes()).toBe(1)
  expect((await rowOf(key.id))!.lastUsedAt).toEqual(new Date(now))
})

test('too many keys that open nothing are refused with a time to wait, and those that open a stream count for nothing', async () => {
  const { globalId } = await program.seed.stream(tenant)
  const { streamKey } = await add(globalId)
  const { postgres } = program.app
  const store = createStreamKeyStore({
    postgres,
    changes: createChanges({ postgres, poke: () => undefined }),
  })
  const throttle = createThrottling(redis)({ name: `keys-${tenant}`, limit: 3, windowMs: 60_000 })
  const service = createStreamKeyService({
    store,
    throttles: { streamKeys: throttle },
    clock: { now: () => Date.now() },
  })
  const permit = trustedPermit<'streamKey:validate'>(tenant, programActor('media'))
  for (let n = 0; n < 5; n += 1) await service.open(permit, streamKey)
  for (let n = 0; n < 3; n += 1)
    await expect(service.open(permit, makeStreamKey())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  await expect(service.open(permit, streamKey)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})
