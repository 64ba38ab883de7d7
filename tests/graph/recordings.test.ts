import { afterAll, beforeAll, expect, test } from 'vitest'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { decodeGlobalID } from '../../src/graphql/global-id.ts'
import { createChanges } from '../../src/modules/audit/audit.change.ts'
import { createRecordingService } from '../../src/modules/streaming/recording.service.ts'
import { createRecordingStore } from '../../src/modules/streaming/recording.store.ts'
import type { TenantId } from '../../src/platform/ids.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { settled } from '../testkit/waiters.ts'

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

type Shown = {
  id: string
  status: string
  startedAt: string
  endedAt: string
  durationMs: string
  sizeBytes: string
}
const start = async (streamId: string) => mutate(client, 'startRecording', { streamId })
const started = async (streamId: string) =>
  ((await start(streamId)) as unknown as { recording: Shown }).recording
const stop = (id: string, more: object = {}) => mutate(client, 'stopRecording', { id, ...more })

test('a recording runs until it is stopped, and then knows its length, its file and its stream', async () => {
  const { globalId } = await program.seed.stream(tenant)
  const { id, status, endedAt } = await started(globalId)
  expect([status, endedAt]).toEqual(['RECORDING', null])
  const { recording } = (await stop(id, {
    sizeBytes: '5000000000',
    manifestPath: 'a/b.m3u8',
  })) as unknown as {
    recording: Shown
  }
  expect(recording).toMatchObject({
    id,
    status: 'FINISHED',
    sizeBytes: '5000000000',
    manifestPath: 'a/b.m3u8',
  })
  expect(Number(recording.durationMs)).toBe(Date.parse(recording.endedAt) - Date.parse(recording.startedAt))
  const answer = (await client.request(
    'query ($id: ID!) { node(id: $id) { ... on Stream { recordings(filter: { status: { eq: FINISHED } }) { totalCount nodes { id stream { id } } } } } }',
    { id: globalId },
  )) as Answer<{ node: object }>
  expect(answer.data?.node).toEqual({
    recordings: { totalCount: 1, nodes: [{ id, stream: { id: globalId } }] },
  })
})

test('one runs for each stream: of ten that start at once one does, and of ten that stop it one does', async () => {
  const { globalId } = await program.seed.stream(tenant)
  const ten = Array.from({ length: 10 })
  const starts = await Promise.all(ten.map(() => start(globalId)))
  expect(starts.filter(({ code }) => code === 'CONFLICT')).toHaveLength(9)
  const { id } = starts.find(({ code }) => code === undefined)!.recording as unknown as Shown
  const stops = await Promise.all(ten.map(() => stop(id)))
  expect(stops.filter(({ code }) => code === 'CONFLICT')).toHaveLength(9)
  expect((await start(globalId)).code).toBeUndefined()
})

test('a clock that is behind the one it was started by ends a recording when it began, and not before', async () => {
  const { postgres } = program.app
  const store = createRecordingStore({
    postgres,
    changes: createChanges({ postgres, poke: () => undefined }),
  })
  const behind = createRecordingService({ store, clock: { now: () => Date.now() - 60_000 } })
  const { id, startedAt } = await started((await program.seed.stream(tenant)).globalId)
  const permit = trustedPermit<'recording:write'>(tenant, programActor('test'))
  expect(await behind.stop(permit, { id: decodeGlobalID(id).id })).toMatchObject({
    status: 'FINISHED',
    endedAt: new Date(startedAt),
    durationMs: 0n,
  })
})

test('what is no stream, no recording or no size is refused by its field', async () => {
  const { globalId } = await program.seed.stream(tenant)
  const { id } = await started(globalId)
  expect(await start(id)).toMatchObject({ code: 'NOT_FOUND', path: ['streamId'] })
  expect(await stop(globalId)).toMatchObject({ code: 'NOT_FOUND', path: ['id'] })
  expect(await stop(id, { sizeBytes: '-1' })).toMatchObject({
    code: 'VALIDATION_FAILED',
    path: ['sizeBytes'],
  })
})

test('recordingChanged tells starts and ends in order, and after a cursor the rest', async () => {
  const { globalId } = await program.seed.stream(tenant)
  const live = client.webSocket()
  const listen = (after: string | null) =>
    live.subscribe(
      'subscription ($stream: ID!, $after: String) { recordingChanged(filter: { stream: { eq: $stream } }, after: $after) { ... on RecordingChanged { cursor status recording { status } } } }' as never,
      { stream: globalId, after } as never,
    )
  type Told = { value: Answer<{ recordingChanged: { cursor: string; status: string } }> }
  const next = async (values: ReturnType<typeof listen>) =>
    ((await settled(values.next(), 10_000, 'an event')) as Told).value.data!.recordingChanged
  await stop((await started(globalId)).id)
  const all = listen('0-0')
  const [first, second] = [await next(all), await next(all)]
  expect([first.status, second.status]).toEqual(['RECORDING', 'FINISHED'])
  expect(await next(listen(first.cursor))).toEqual(second)
  await live.close()
})
