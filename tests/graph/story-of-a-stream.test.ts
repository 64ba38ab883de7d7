import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'
import { follow, type Item } from '../testkit/story.ts'
import { eventually } from '../testkit/waiters.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const resync = '... on Resync { reason }'

/** The id that a media server is told by. */
const rowIdOf = (globalId: string): string => atob(globalId).slice(atob(globalId).indexOf(':') + 1)
const soon = (ms: number): string => new Date(Date.now() + ms).toISOString()

const audience = [
  { country_code: 'NL', node_id: 'ams-1', connector: 'hls', sessions: ['a', 'b', 'c'] },
  { country_code: 'DE', node_id: 'ams-1', connector: 'webrtc', sessions: ['d', 'e'] },
  { country_code: 'BR', node_id: 'gru-1', connector: 'hls', sessions: ['f'] },
]

test('a stream is made, goes on the air, is watched from three countries, buffers, is cut and ends; every question and every subscription tells the same', async () => {
  const { tenant, key } = await program.seed.tenant()
  const owner = createTestClient(program.url, key)
  const run = (name: string, input: object): Promise<Payload> => mutate(owner, name, input)
  const ask = async <T>(query: string, variables: object = {}): Promise<T> => {
    const { data, errors } = await owner.request<T, object>(query, variables)
    if (errors) throw new Error(JSON.stringify(errors))
    return data!
  }
  // The media server has a key of its own, which only sends and asks what an encoder's key opens.
  const media = createTestClient(program.url, await program.seed.key(tenant, ['ingest']))
  const opens = async (key: string): Promise<Item> => {
    const query = `mutation ($input: ValidateStreamKeyInput!) { validateStreamKey(input: $input) {
      ... on ValidateStreamKeyPayload { internalName } ... on Problem { code } } }`
    const { data } = await media.request<Record<string, Item>, object>(query, { input: { key } })
    return data!.validateStreamKey!
  }
  const START = Date.now() - 50_000
  const at = (seconds: number): string => new Date(START + seconds * 1_000).toISOString()
  const post = async (dataset: string, ...items: object[]): Promise<void> => {
    expect((await media.ingest(dataset, items)).body).toMatchObject({ accepted: items.length, rejected: [] })
  }

  const streams = follow(owner, 'streamChanged', `... on StreamChanged { kind before status } ${resync}`)
  const all = follow(owner, 'tenantActivity', `__typename ${resync}`)
  for (const each of [streams, all]) expect(await each.next()).toMatchObject({ reason: 'STARTED' })

  const { stream, streamKey } = (await run('createStream', {
    title: 'Talk',
    internalName: 'talk',
  })) as unknown as {
    stream: { id: string; status: string }
    streamKey: string
  }
  expect(stream.status).toBe('OFFLINE')
  const health = follow(
    owner,
    'streamHealth',
    'sample { healthScore bufferState }',
    `id: ${JSON.stringify(stream.id)}`,
  )
  const viewers = follow(
    owner,
    'streamViewers',
    'viewers byCountry { countryCode viewers }',
    `id: ${JSON.stringify(stream.id)}`,
  )
  expect(await health.next()).toEqual({ sample: null })
  expect(await viewers.next()).toMatchObject({ viewers: '0' })
  const clips = follow(owner, 'clipChanged', `... on ClipChanged { kind before status progress } ${resync}`)
  const recordings = follow(owner, 'recordingChanged', `... on RecordingChanged { status } ${resync}`)
  const tracks = follow(
    owner,
    'trackListChanged',
    `... on TrackListStored { trackList { width trackCount } } ${resync}`,
  )
  const connections = follow(
    owner,
    'connectionEvents',
    `... on ConnectionEventStored { event { eventType sessionId countryCode } } ${resync}`,
  )
  for (const each of [clips, recordings, tracks, connections]) await each.next()

  // An encoder shows its key, and sends.
  expect(await opens(streamKey)).toMatchObject({ internalName: 'talk' })
  await post('stream_events', {
    time: at(0),
    internal_name: 'talk',
    node_id: 'ams-1',
    event_type: 'stream_start',
  })
  await post('track_list_events', {
    time: at(1),
    internal_name: 'talk',
    node_id: 'ams-1',
    track_count: 2,
    width: 1_280,
    height: 720,
    codec: 'H264',
    quality_tier: '720p',
  })
  const sample = (seconds: number, buffer_state: string, health_score: number, more: object = {}) => ({
    time: at(seconds),
    internal_name: 'talk',
    node_id: 'ams-1',
    buffer_state,
    health_score,
    bitrate_kbps: 3_000,
    width: 1_280,
    height: 720,
    codec: 'H264',
    packets_sent: 100,
    packets_lost: 1,
    ...more,
  })
  await post('stream_health_samples', sample(2, 'FULL', 98))
  await health.until({ sample: { healthScore: 98, bufferState: 'FULL' } })

  // Viewers come, from three countries and over two nodes.
  const joined = audience.flatMap(({ sessions, ...of }) =>
    sessions.map((session_id) => ({ ...of, session_id })),
  )
  await post(
    'connection_events',
    ...joined.map((of, n) => ({ time: at(3 + n), internal_name: 'talk', event_type: 'connect', ...of })),
  )
  const samples = (seconds: number, watching: boolean) =>
    audience.map(({ sessions, connector, ...of }) => ({
      time: at(seconds),
      internal_name: 'talk',
      connection_type: connector,
      viewer_count: watching ? sessions.length : 0,
      ...of,
    }))
  await post('viewer_samples', ...samples(10, true))
  await viewers.until({ viewers: '6', byCountry: [{ countryCode: 'NL', viewers: '3' }, {}, {}] })

  // The stream stalls, and comes back with a smaller picture.
  await post('stream_health_samples', sample(12, 'DRY', 40, { issues: 'encoder is late', packets_lost: 50 }))
  await health.until({ sample: { healthScore: 40, bufferState: 'DRY' } })
  await post('stream_health_samples', sample(20, 'FULL', 90, { width: 640, height: 360 }))
  await post('track_list_events', {
    time: at(20),
    internal_name: 'talk',
    node_id: 'ams-1',
    track_count: 2,
    width: 640,
    height: 360,
    codec: 'H264',
    quality_tier: '360p',
  })
  await health.until({ sample: { healthScore: 90, bufferState: 'FULL' } })

  // A clip is cut, and the broadcast is recorded.
  const { clip } = (await run('createClip', {
    streamId: stream.id,
    title: 'The point',
    startsAt: at(4),
    durationMs: '5000',
  })) as unknown as { clip: { id: string } }
  const { recording } = (await run('startRecording', { streamId: stream.id })) as unknown as {
    recording: { id: string }
  }
  const ofClip = { internal_name: 'talk', event_type: 'clip_lifecycle', clip_id: rowIdOf(clip.id) }
  await post(
    'stream_events',
    { ...ofClip, time: soon(0), status: 'processing', progress: 40 },
    { ...ofClip, time: soon(1), status: 'ready', size_bytes: 1_000, path: 'clips/point.mp4' },
    {
      internal_name: 'talk',
      event_type: 'recording_complete',
      recording_id: rowIdOf(recording.id),
      time: soon(2),
      size_bytes: 9_000,
      path: 'r/talk',
    },
  )
  for (const status of ['REQUESTED', 'PROCESSING', 'READY'])
    expect(await clips.next()).toMatchObject({ status })
  for (const status of ['RECORDING', 'FINISHED']) expect(await recordings.next()).toMatchObject({ status })

  // The viewers leave, and it ends.
  await post(
    'connection_events',
    ...joined.map((of, n) => ({
      time: at(30 + n),
      internal_name: 'talk',
      event_type: 'disconnect',
      session_duration_s: 27,
      bytes_transferred: 1_000_000,
      ...of,
    })),
  )
  await post('viewer_samples', ...samples(40, false))
  await viewers.until({ viewers: '0' })
  await post('stream_events', {
    time: at(45),
    internal_name: 'talk',
    node_id: 'ams-1',
    event_type: 'stream_end',
  })
  await eventually(async () => {
    const { streamByInternalName: found } = await ask<Record<string, Item>>(
      '{ streamByInternalName(internalName: "talk") { status } }',
    )
    expect(found).toEqual({ status: 'OFFLINE' })
  })
  expect(await run('endStream', { id: stream.id })).toMatchObject({ stream: { status: 'ENDED' } })
  expect(await opens(streamKey)).toMatchObject({ code: 'UNAUTHENTICATED' })

  // What was told, in order.
  for (const status of ['OFFLINE', 'LIVE', 'OFFLINE', 'ENDED'])
    expect(await streams.next()).toMatchObject({ status })
  for (const width of [1_280, 640])
    expect(await tracks.next()).toEqual({ trackList: { width, trackCount: 2 } })
  for (const eventType of ['CONNECT', 'DISCONNECT'])
    for (const { session_id: sessionId, country_code: countryCode } of joined)
      expect(await connections.next()).toEqual({ event: { eventType, sessionId, countryCode } })
  // The firehose has each of them once.
  const types = {
    StreamChanged: 4,
    TrackListStored: 2,
    ConnectionEventStored: 12,
    ClipChanged: 3,
    RecordingChanged: 2,
  }
  while (all.told.length < 1 + 23) await all.next()
  const counts = Object.groupBy(all.told.slice(1), ({ __typename }) => String(__typename))
  expect(Object.fromEntries(Object.entries(counts).map(([type, of]) => [type, of!.length]))).toEqual(types)

  // What can be asked. The audience of a minute is the mean of its samples, that of a second the newest ones.
  const sameMinute = Math.floor(Date.parse(at(10)) / 60_000) === Math.floor(Date.parse(at(40)) / 60_000)
  await program.app.ingest.flushed()
  const range = { from: at(0), to: at(60) }
  const { streamByInternalName: found, analytics } = await ask<Record<string, Item>>(
    `query ($range: TimeRangeInput!) {
      streamByInternalName(internalName: "talk") {
        status startedAt endedAt viewersNow
        state { nodeName width height codec bufferState healthScore bitrateKbps trackCount qualityTier peakViewers viewersNow lastSeenAt healthAt tracksAt }
        viewers(range: $range, step: "PT1S") { peak groups(by: EDGE_NODE) { key peak } countries { countryCode peak } }
        connections(range: $range, step: "PT1M") { joins leaves sessions bytes averageSessionSeconds watchedMinutes countries { key joins leaves } connectors { key joins } }
        health(range: $range, step: "PT1M") { samples minHealthScore maxHealthScore samplesWithIssues packetLoss }
        rebuffering(range: $range) { rebufferings rebufferingSeconds }
        qualityChanges(range: $range) { time }
        trackChanges(range: $range) { time }
        trackLists(range: $range) { nodes { width qualityTier } }
        clips { nodes { status progress sizeBytes storagePath requestedBy } }
        recordings { nodes { status sizeBytes manifestPath } }
      }
      analytics {
        viewers(range: $range, step: "PT1S") { peak }
        connections(range: $range, step: "PT1M") { joins leaves }
      }
    }`,
    { range },
  )
  expect(found).toEqual({
    status: 'ENDED',
    startedAt: at(0),
    endedAt: at(45),
    viewersNow: '0',
    state: {
      nodeName: 'ams-1',
      width: 640,
      height: 360,
      codec: 'H264',
      bufferState: 'FULL',
      healthScore: 90,
      bitrateKbps: 3_000,
      trackCount: 2,
      qualityTier: '360p',
      peakViewers: sameMinute ? '3' : '6',
      viewersNow: '0',
      lastSeenAt: expect.any(String),
      healthAt: at(20),
      tracksAt: at(20),
    },
    viewers: {
      peak: '6',
      groups: [
        { key: 'ams-1', peak: '5' },
        { key: 'gru-1', peak: '1' },
      ],
      countries: [
        { countryCode: 'NL', peak: '3' },
        { countryCode: 'DE', peak: '2' },
        { countryCode: 'BR', peak: '1' },
      ],
    },
    connections: {
      joins: '6',
      leaves: '6',
      sessions: '6',
      bytes: '6000000',
      averageSessionSeconds: 27,
      watchedMinutes: (6 * 27) / 60,
      countries: [
        { key: 'NL', joins: '3', leaves: '3' },
        { key: 'DE', joins: '2', leaves: '2' },
        { key: 'BR', joins: '1', leaves: '1' },
      ],
      connectors: [
        { key: 'hls', joins: '4' },
        { key: 'webrtc', joins: '2' },
      ],
    },
    health: {
      samples: '3',
      minHealthScore: 40,
      maxHealthScore: 98,
      samplesWithIssues: '1',
      packetLoss: 52 / 300,
    },
    rebuffering: { rebufferings: '1', rebufferingSeconds: 8 },
    qualityChanges: [{ time: at(20) }],
    trackChanges: [{ time: at(20) }],
    trackLists: {
      nodes: [
        { width: 640, qualityTier: '360p' },
        { width: 1_280, qualityTier: '720p' },
      ],
    },
    clips: {
      nodes: [
        {
          status: 'READY',
          progress: 100,
          sizeBytes: '1000',
          storagePath: 'clips/point.mp4',
          requestedBy: expect.any(String),
        },
      ],
    },
    recordings: { nodes: [{ status: 'FINISHED', sizeBytes: '9000', manifestPath: 'r/talk' }] },
  })
  expect(analytics).toEqual({ viewers: { peak: '6' }, connections: { joins: '6', leaves: '6' } })
  const { streamEvents } = await ask<Record<string, { nodes: Item[] }>>(
    '{ streamEvents(filter: { stream: { eq: "talk" } }, first: 20) { nodes { eventType status } } }',
  )
  expect(
    streamEvents!.nodes.map(({ eventType, status }) => `${String(eventType)} ${String(status)}`.trim()),
  ).toEqual([
    'recording_complete',
    'clip_lifecycle ready',
    'clip_lifecycle processing',
    'stream_end',
    'stream_start',
  ])
})
