import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../../../tests/testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../../../tests/testkit/client.ts'
import { mutate } from '../../../tests/testkit/mutate.ts'
import { lockWaits } from '../../../tests/testkit/lock-waits.ts'
import { eventually, settled } from '../../../tests/testkit/waiters.ts'
import { programActor } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import { decodeGlobalID } from '../../graphql/global-id.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { ClipFact } from './clip.rules.ts'

let program: TestApp
let tenant: TenantId
let client: TestClient
let streamId: string
beforeAll(async () => {
  program = await sharedApp()
  const made = await program.seed.tenant()
  tenant = made.tenant
  client = createTestClient(program.url, made.key)
  streamId = (await program.seed.stream(tenant)).globalId
})
afterAll(() => program.stop())

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString()
type Shown = Record<'id' | 'title' | 'status' | 'requestedBy' | 'startsAt' | 'durationMs', string> & {
  progress: number
  retentionUntil: string | null
}
type Told = { code?: string; path?: string[]; clip: Shown; deletedId?: string }
const run = async (name: string, input: object) => (await mutate(client, name, input)) as unknown as Told
const ask = (more: object = {}) =>
  run('createClip', { streamId, title: 'Goal', startsAt: ago(60), durationMs: '30000', ...more })
const follow = (id: string, fact: ClipFact) =>
  program.app.modules.clips.service.follow(
    trustedPermit<'clip:write'>(tenant, programActor('media server')),
    new Map([[decodeGlobalID(id).id, [fact]]]),
  )

test('a clip is asked for, and found among those of its stream and its tenant', async () => {
  const startsAt = ago(60)
  const { clip } = await ask({ title: ' Goal ', startsAt })
  expect(clip).toMatchObject({
    title: 'Goal',
    status: 'REQUESTED',
    progress: 0,
    startsAt,
    durationMs: '30000',
  })
  expect(clip.requestedBy).toMatch(/^key:/)
  const query = `query ($id: ID!, $filter: ClipFilter) { clips(filter: $filter) { nodes { id stream { id } } }
    node(id: $id) { ... on Stream { clips(filter: $filter, orderBy: { field: STARTS_AT, direction: DESC }) { nodes { id } } } } }`
  const filter = { stream: { eq: streamId }, startsAt: { gte: startsAt, lte: startsAt } }
  expect(await client.request(query, { id: streamId, filter })).toMatchObject({
    data: {
      clips: { nodes: [{ id: clip.id, stream: { id: streamId } }] },
      node: { clips: { nodes: [{ id: clip.id }] } },
    },
  })
})

test('what was not sent yet, is too long ago, too short or too long is refused by its field', async () => {
  const cases: [object, string][] = [
    [{ startsAt: ago(-60) }, 'startsAt'],
    [{ startsAt: ago(91 * 86_400) }, 'startsAt'],
    [{ startsAt: ago(10), durationMs: '60000' }, 'durationMs'],
    [{ durationMs: '999' }, 'durationMs'],
    [{ startsAt: ago(86_400), durationMs: '21600001' }, 'durationMs'],
    [{ title: '' }, 'title'],
    [{ retentionUntil: ago(1) }, 'retentionUntil'],
  ]
  for (const [more, field] of cases)
    expect(await ask(more), field).toMatchObject({ code: 'VALIDATION_FAILED', path: [field] })
  const { clip } = await ask()
  expect(await ask({ streamId: clip.id })).toMatchObject({ code: 'NOT_FOUND', path: ['streamId'] })
})

test('updateClip changes what is given, and null keeps the clip without an end', async () => {
  const retentionUntil = ago(-3_600)
  const { id } = (await ask({ retentionUntil })).clip
  expect((await run('updateClip', { id, title: 'Foul' })).clip).toMatchObject({
    title: 'Foul',
    retentionUntil,
  })
  expect((await run('updateClip', { id, retentionUntil: null })).clip).toMatchObject({
    title: 'Foul',
    retentionUntil: null,
  })
  expect(await run('updateClip', { id, title: null })).toMatchObject({ code: 'VALIDATION_FAILED' })
  expect(await run('updateClip', { id, retentionUntil: ago(1) })).toMatchObject({ path: ['retentionUntil'] })
})

test('where its file lies is seen by those who may write, and not by those who only read', async () => {
  const { id } = (await ask()).clip
  await follow(id, { status: 'READY', at: new Date(), sizeBytes: 7n, storagePath: 'a/b.mp4' })
  const reader = createTestClient(program.url, await program.seed.key(tenant, ['read']))
  const query = 'query ($id: ID!) { node(id: $id) { ... on Clip { status sizeBytes storagePath } } }'
  const shown = { status: 'READY', sizeBytes: '7' }
  expect(await client.request(query, { id })).toMatchObject({
    data: { node: { ...shown, storagePath: 'a/b.mp4' } },
  })
  expect(await reader.request(query, { id })).toMatchObject({
    data: { node: { ...shown, storagePath: null } },
  })
})

test('a file is not lost by a later fact without one, and found by an earlier one that comes later', async () => {
  const { id } = (await ask()).clip
  const now = Date.now()
  await follow(id, { status: 'READY', at: new Date(now), sizeBytes: 7n })
  expect(await follow(id, { status: 'READY', at: new Date(now + 1_000) })).toBe(1)
  expect(
    await follow(id, { status: 'READY', at: new Date(now - 1_000), sizeBytes: 6n, storagePath: 'a' }),
  ).toBe(1)
  expect(await follow(id, { status: 'FAILED', at: new Date(now - 2_000) })).toBe(0)
  const query = 'query ($id: ID!) { node(id: $id) { ... on Clip { status sizeBytes storagePath } } }'
  expect(await client.request(query, { id })).toMatchObject({
    data: { node: { status: 'READY', sizeBytes: '7', storagePath: 'a' } },
  })
})

test('clipChanged tells every change once and in order; what a fact does not change is not told', async () => {
  const live = client.webSocket()
  const { id } = (await ask()).clip
  const now = Date.now()
  const facts: ClipFact[] = [
    { status: 'PROCESSING', at: new Date(now), progress: 40 },
    { status: 'PROCESSING', at: new Date(now), progress: 40 },
    { status: 'READY', at: new Date(now - 1_000) },
    { status: 'PROCESSING', at: new Date(now + 1_000), progress: 90 },
  ]
  for (const fact of facts) await follow(id, fact)
  await run('updateClip', { id, title: 'Other' })
  expect(await run('deleteClip', { id })).toMatchObject({ deletedId: id })
  expect(await run('deleteClip', { id })).toMatchObject({ code: 'NOT_FOUND' })
  expect(await follow(id, { status: 'FAILED', at: new Date(now + 2_000) })).toBe(0)
  const values = live.subscribe(
    'subscription ($clip: ID!) { clipChanged(filter: { clip: { eq: $clip } }, after: "0-0") { ... on ClipChanged { kind actor before status progress clip { id } } } }' as never,
    { clip: id } as never,
  )
  type Change = Record<'kind' | 'actor' | 'before' | 'status', string> & { progress: number; clip: null }
  const events: string[] = []
  for (let n = 0; n < 5; n += 1) {
    const { value } = (await settled(values.next(), 10_000, 'an event')) as {
      value: Answer<{ clipChanged: Change }>
    }
    const { kind, actor, before, status, progress, clip } = value.data!.clipChanged
    expect(clip).toBeNull() // it is deleted by now
    events.push([kind, actor.replace(/^key:.*/, 'key'), before, status, progress].join(' '))
  }
  expect(events).toEqual([
    'REQUESTED key  REQUESTED 0',
    'PROGRESSED media server REQUESTED PROCESSING 40',
    'PROGRESSED media server PROCESSING READY 100',
    'UPDATED key READY READY 100',
    'DELETED key READY READY 100',
  ])
  await live.close()
})

test.each([
  ['createClip', { title: 'Goal', startsAt: ago(60), durationMs: '30000' }],
  ['startRecording', {}],
])('%s waits for who deletes the stream, and then finds none', async (name, input) => {
  const stream = await program.seed.stream(tenant)
  const other = new Client({ connectionString: program.databases.ownerUrl })
  await other.connect()
  try {
    await other.query('BEGIN')
    await other.query('UPDATE streams SET deleted_at = now() WHERE id = $1', [
      decodeGlobalID(stream.globalId).id,
    ])
    const answer = run(name, { streamId: stream.globalId, ...input })
    await eventually(async () => {
      expect(await lockWaits(other)).toBeGreaterThan(0)
    })
    await other.query('COMMIT')
    expect(await answer).toMatchObject({ code: 'NOT_FOUND' })
  } finally {
    await other.end()
  }
})

test('a recording that failed is told as one, and runs no more', async () => {
  const { recording } = (await mutate(client, 'startRecording', { streamId })) as unknown as {
    recording: { id: string }
  }
  const failed = await program.app.modules.recordings.service.follow(
    trustedPermit<'recording:write'>(tenant, programActor('media server')),
    new Map([[decodeGlobalID(recording.id).id, [{ status: 'FAILED' as const, at: new Date() }]]]),
  )
  expect(failed).toBe(1)
  const found = await client.request(
    'query ($id: ID!) { node(id: $id) { ... on Recording { status endedAt sizeBytes } } }',
    { id: recording.id },
  )
  expect(found.data).toEqual({
    node: { status: 'FAILED', endedAt: expect.any(String) as string, sizeBytes: null },
  })
  expect((await mutate(client, 'stopRecording', { id: recording.id })).code).toBe('CONFLICT')
  expect((await mutate(client, 'startRecording', { streamId })).code).toBeUndefined()
})
