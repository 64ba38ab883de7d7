import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../../../tests/testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../../../tests/testkit/client.ts'
import { mutate } from '../../../tests/testkit/mutate.ts'
import { settled } from '../../../tests/testkit/waiters.ts'
import { demo } from '../../auth/actor.ts'
import { trustedPermit } from '../../auth/permit.ts'
import type { TenantId } from '../../platform/ids.ts'

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

type Shown = Record<'id' | 'status' | 'title' | 'description' | 'startedAt' | 'endedAt', string> & {
  isPublic: boolean
  maxViewers: number | null
  recordingMode: string
}
type Told = { code?: string; path?: string[]; message?: string; stream: Shown; deletedId?: string }
const run = async (name: string, input: object) => (await mutate(client, name, input)) as unknown as Told
const create = async (more: object = {}) => (await run('createStream', { title: 'T', ...more })).stream
const nodeOf = async (id: string) => {
  const query = 'query ($id: ID!) { node(id: $id) { __typename } }'
  return ((await client.request(query, { id })) as Answer<{ node: object | null }>).data!.node
}

test('updateStream changes what is given, and null clears what can be empty', async () => {
  const { id } = await create({ description: 'About', maxViewers: 5, recordingMode: 'AUTOMATIC' })
  const update = async (fields: object) => run('updateStream', { id, ...fields })
  expect((await update({ title: ' New ', isPublic: true })).stream).toMatchObject({
    title: 'New',
    description: 'About',
    isPublic: true,
    maxViewers: 5,
    recordingMode: 'AUTOMATIC',
  })
  expect((await update({ description: null, maxViewers: null, recordingMode: 'OFF' })).stream).toMatchObject({
    title: 'New',
    description: '',
    isPublic: true,
    maxViewers: null,
    recordingMode: 'OFF',
  })
  for (const [field, value] of Object.entries({
    title: null,
    isPublic: null,
    recordingMode: null,
    maxViewers: 0,
  }))
    expect(await update({ [field]: value }), field).toMatchObject({
      code: 'VALIDATION_FAILED',
      path: [field],
    })
})

test('a stream is started, ended and started again; what the state forbids is a conflict that names it', async () => {
  const { id } = await create()
  const step = async (name: string) => run(name, { id })
  const live = (await step('startStream')).stream
  expect(live).toMatchObject({ status: 'LIVE', startedAt: expect.any(String), endedAt: null })
  expect(await step('startStream')).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('LIVE'),
  })
  const ended = (await step('endStream')).stream
  expect(ended).toMatchObject({ status: 'ENDED', startedAt: live.startedAt, endedAt: expect.any(String) })
  expect(await step('endStream')).toMatchObject({ code: 'CONFLICT', path: ['id'] })
  expect((await step('startStream')).stream).toMatchObject({ status: 'LIVE', endedAt: null })
})

test('of ten that start a stream at once one does, and of ten that end it one does', async () => {
  const { id } = await create()
  for (const name of ['startStream', 'endStream']) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => run(name, { id })))
    expect(answers.filter(({ code }) => code === 'CONFLICT')).toHaveLength(9)
  }
})

test('a stream on the air is not deleted; one that is deleted is gone with its keys, and leaves its recordings', async () => {
  const { id } = await create({ internalName: 'gone' })
  const created = await mutate(client, 'createStreamKey', { streamId: id, name: 'Spare' })
  const { streamKey, key } = created as unknown as { streamKey: string; key: { id: string } }
  const { recording } = (await mutate(client, 'startRecording', { streamId: id })) as unknown as {
    recording: { id: string }
  }
  await run('startStream', { id })
  expect(await run('deleteStream', { id })).toMatchObject({ code: 'CONFLICT' })
  await run('endStream', { id })
  await run('startStream', { id })
  await run('endStream', { id })
  expect(await run('deleteStream', { id })).toMatchObject({ deletedId: id })
  expect(await run('deleteStream', { id })).toMatchObject({ code: 'NOT_FOUND' })
  for (const each of [id, key.id]) expect(await nodeOf(each)).toBeNull()
  expect((await mutate(client, 'validateStreamKey', { key: streamKey })).code).toBe('UNAUTHENTICATED')
  expect((await mutate(client, 'revokeStreamKey', { id: key.id })).code).toBe('NOT_FOUND')
  expect(await run('createStream', { title: 'T', internalName: 'gone' })).toMatchObject({ code: 'CONFLICT' })
  const kept = 'query ($id: ID!) { node(id: $id) { ... on Recording { status stream { id } } } }'
  expect(await client.request(kept, { id: recording.id })).toMatchObject({
    data: { node: { status: 'RECORDING', stream: null } },
  })
})

test('streamChanged tells every change once and in order: what, by whom, the status before and after', async () => {
  const live = client.webSocket()
  const { id } = await create({ internalName: 'told' })
  await run('updateStream', { id, title: 'Other' })
  await run('updateStream', { id, title: 'Other' }) // nothing differs
  await run('startStream', { id })
  const follows = trustedPermit<'stream:write'>(tenant, demo)
  await program.app.modules.streams.service.follow(
    follows,
    new Map([['told', [{ status: 'OFFLINE', at: new Date() }]]]),
  )
  await program.app.modules.streams.service.follow(
    follows,
    new Map([['told', [{ status: 'OFFLINE', at: new Date() }]]]),
  )
  await run('endStream', { id })
  await run('deleteStream', { id })
  const values = live.subscribe(
    'subscription ($stream: ID!) { streamChanged(filter: { stream: { eq: $stream } }, after: "0-0") { ... on StreamChanged { kind actor before status stream { id } } } }' as never,
    { stream: id } as never,
  )
  type Event = { value: Answer<{ streamChanged: Record<'kind' | 'actor' | 'before' | 'status', string> }> }
  const events: string[] = []
  for (let n = 0; n < 6; n += 1) {
    const { value } = (await settled(values.next(), 10_000, 'an event')) as Event
    const { kind, actor, before, status } = value.data!.streamChanged
    events.push([kind, actor.replace(/^key:.*/, 'key'), before, status].join(' '))
  }
  expect(events).toEqual([
    'CREATED key  OFFLINE',
    'UPDATED key OFFLINE OFFLINE',
    'STATUS_CHANGED key OFFLINE LIVE',
    'STATUS_CHANGED demo LIVE OFFLINE',
    'STATUS_CHANGED key OFFLINE ENDED',
    'DELETED key ENDED ENDED',
  ])
  await live.close()
})
