import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { settled } from '../testkit/waiters.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

type Shown = { status: string; startedAt: string | null; endedAt: string | null }
const streamOf = async (client: TestClient, name: string): Promise<Shown> => {
  const { data } = await client.request(
    'query ($name: String!) { streamByInternalName(internalName: $name) { status startedAt endedAt } }',
    { name },
  )
  return (data as { streamByInternalName: Shown }).streamByInternalName
}
const nodeOf = async (client: TestClient, id: string, fields: string): Promise<object> => {
  const { data } = await client.request(`query ($id: ID!) { node(id: $id) { ... on ${fields} } }`, { id })
  return (data as { node: object }).node
}

const start = Math.floor(Date.now() / 1_000) * 1_000 - 60_000
const at = (seconds: number): string => new Date(start + seconds * 1_000).toISOString()
const event = (internal_name: string, seconds: number, event_type: string, more: object = {}) => ({
  internal_name,
  time: at(seconds),
  event_type,
  ...more,
})
const update = (name: string, seconds: number, status: string) =>
  event(name, seconds, 'stream_lifecycle_update', { status })
const post = async (client: TestClient, events: readonly object[]): Promise<void> => {
  expect((await client.ingest('stream_events', events)).body).toMatchObject({ rejected: [] })
  await program.app.ingest.flushed()
}
const uuidOf = (id: string): string => Buffer.from(id, 'base64').toString().split(':')[1]!

test('facts move a stream, a recording and a clip, and every change is told once and in order', async () => {
  const client = createTestClient(program.url, (await program.seed.tenant()).key)
  const made = (await mutate(client, 'createStream', { title: 'Talk', internalName: 'talk' })) as never as {
    stream: { id: string }
  }
  const streamId = made.stream.id
  const { recording } = (await mutate(client, 'startRecording', { streamId })) as never as {
    recording: { id: string }
  }
  const { clip } = (await mutate(client, 'createClip', {
    streamId,
    title: 'Goal',
    startsAt: new Date(Date.now() - 60_000).toISOString(),
    durationMs: '30000',
  })) as never as { clip: { id: string } }
  const [clip_id, recording_id] = [uuidOf(clip.id), uuidOf(recording.id)]

  await post(client, [
    event('talk', 1, 'stream_start'),
    update('talk', 2, 'Live'), // told again
    event('nobody', 1, 'stream_start'), // never created: a fact and no stream
    event('talk', 3, 'clip_lifecycle', { clip_id, status: 'done', size_bytes: 7, path: 'a/b.mp4' }),
    event('talk', 2, 'clip_lifecycle', { clip_id, status: 'processing', progress: 40 }),
    event('talk', 4, 'tally_light', { event_data: { on: true } }),
  ])
  expect(await streamOf(client, 'talk')).toEqual({ status: 'LIVE', startedAt: at(1), endedAt: null })
  expect(await nodeOf(client, clip.id, 'Clip { status progress sizeBytes }')).toEqual({
    status: 'READY',
    progress: 100,
    sizeBytes: '7',
  })
  // Later than its start, which was told by the clock of now.
  const over = new Date(Date.now() + 1_000).toISOString()
  await post(client, [
    event('talk', 0, 'recording_complete', { recording_id, size_bytes: 9, time: over }),
    event('talk', 9, 'stream_end'),
    update('talk', 5, 'live'), // late
  ])
  expect(await streamOf(client, 'talk')).toEqual({ status: 'OFFLINE', startedAt: at(1), endedAt: at(9) })
  expect(await nodeOf(client, recording.id, 'Recording { status endedAt sizeBytes }')).toEqual({
    status: 'FINISHED',
    endedAt: over,
    sizeBytes: '9',
  })

  const live = client.webSocket()
  const told = async (subscription: string, count: number): Promise<string[]> => {
    const values = live.subscribe(`subscription { ${subscription} }` as never, {} as never)
    const seen: string[] = []
    while (seen.length < count) {
      const { value } = await settled(values.next(), 10_000, 'an event')
      seen.push(JSON.stringify(Object.values(value.data as object)[0]).replaceAll(/["{}]/g, ''))
    }
    await values.return?.()
    return seen
  }
  expect(
    await told('streamChanged(after: "0-0") { ... on StreamChanged { kind before status } }', 3),
  ).toEqual([
    'kind:CREATED,before:null,status:OFFLINE',
    'kind:STATUS_CHANGED,before:OFFLINE,status:LIVE',
    'kind:STATUS_CHANGED,before:LIVE,status:OFFLINE',
  ])
  expect(await told('clipChanged(after: "0-0") { ... on ClipChanged { status progress } }', 3)).toEqual([
    'status:REQUESTED,progress:0',
    'status:PROCESSING,progress:40',
    'status:READY,progress:100',
  ])
  expect(await told('recordingChanged(after: "0-0") { ... on RecordingChanged { status } }', 2)).toEqual([
    'status:RECORDING',
    'status:FINISHED',
  ])
  await live.close()

  const { data } = await client.request(
    `query { streamEvents(first: 3, filter: { stream: { eq: "talk" } }, range: { last: "PT1H", to: "${at(120)}" }) {
      totalCount nodes { eventType status clip { id } recording { id } } } }`,
  )
  expect(data).toMatchObject({
    streamEvents: {
      totalCount: '8',
      nodes: expect.arrayContaining([
        { eventType: 'recording_complete', status: '', clip: null, recording: { id: recording.id } },
        { eventType: 'stream_end', status: '', clip: null, recording: null },
      ]) as unknown,
    },
  })
})

test('a stream that was ended is not brought back by its encoder, and a page asks for its clips once', async () => {
  const client = createTestClient(program.url, (await program.seed.tenant()).key)
  const made = (await mutate(client, 'createStream', { title: 'Done', internalName: 'done' })) as never as {
    stream: { id: string }
  }
  await mutate(client, 'endStream', { id: made.stream.id })
  await post(client, [event('done', 1, 'stream_start'), update('done', 2, 'live')])
  expect((await streamOf(client, 'done')).status).toBe('ENDED')
})

test('whatever order facts come in, however late or often: the status is that of the latest', async () => {
  const client = createTestClient(program.url, (await program.seed.tenant()).key)
  const names = Array.from({ length: 30 }, (_, index) => `s${index}`)
  for (const name of names) await mutate(client, 'createStream', { title: name, internalName: name })
  const facts = names.flatMap((name, index) =>
    Array.from({ length: 12 }, (_, n) => update(name, n + 1, (n + index) % 2 === 0 ? 'live' : 'offline')),
  )
  // Every fact twice, in an order of its own, in batches of 50.
  const shuffled = [...facts, ...facts]
    .map((fact, index) => ({ fact, place: (index * 7919) % 719 }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ fact }) => fact)
  for (let from = 0; from < shuffled.length; from += 50) await post(client, shuffled.slice(from, from + 50))
  const states = await Promise.all(names.map((name) => streamOf(client, name)))
  expect(states.map(({ status }) => status)).toEqual(
    names.map((_name, index) => ((11 + index) % 2 === 0 ? 'LIVE' : 'OFFLINE')),
  )
})
