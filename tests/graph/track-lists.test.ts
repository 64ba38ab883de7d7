import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import type { TypedDocumentString } from '../graphql/graphql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { settled } from '../testkit/waiters.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  return { tenant, client: createTestClient(program.url, key) }
}
const list = (internal_name: string, secondsAgo: number, more: object = {}) => ({
  event_id: uuidv7(),
  timestamp: new Date(Date.now() - secondsAgo * 1_000).toISOString(),
  internal_name,
  node_id: 'edge-1',
  ...more,
})
const post = async (client: TestClient, lists: readonly object[]): Promise<void> => {
  expect((await client.ingest('track_list_events', lists)).body).toMatchObject({ accepted: lists.length })
  await program.app.ingest.flushed()
}

const full = {
  track_count: 2,
  video_track_count: 1,
  audio_track_count: 1,
  primary_width: 1920,
  primary_height: 1080,
  primary_fps: 59.9401,
  primary_video_bitrate: 4500,
  primary_video_codec: 'H264',
  primary_audio_channels: 2,
  primary_audio_sample_rate: 48_000,
  primary_audio_codec: 'AAC',
  audio_bitrate: 192,
  quality_tier: '1080p60',
}
const shown = `time internalName nodeName edgeNode { slug } trackCount videoTrackCount audioTrackCount tracks width height
  fps bitrateKbps codec audioChannels audioSampleRate audioCodec audioBitrateKbps qualityTier`

test('what is sent is told as it came, and what is left out is null: of a stream, of all, and what changed', async () => {
  const { tenant, client } = await open()
  const [a, b] = [await program.seed.stream(tenant), await program.seed.stream(tenant)]
  const other = await open()
  const newest = list(a.internalName, 10, { ...full, track_list: { video: { codec: 'H264', id: 7 } } })
  const bodies = [
    list(a.internalName, 30, { track_count: 1, quality_tier: '720p30', width: 1280, height: 720 }),
    list(a.internalName, 20),
    list(b.internalName, 5, { quality_tier: '480p' }),
    list('of nobody', 1),
  ]
  await post(client, bodies)
  await post(client, [newest])
  await post(other.client, [list(a.internalName, 15, { width: 640, height: 360, quality_tier: '360p' })])
  // The same again counts nothing.
  expect((await client.ingest('track_list_events', bodies)).body).toMatchObject({ duplicates: 4 })

  const { data } = (await client.request(`{
    trackListEvents(first: 2, filter: { nodeName: { eq: "edge-1" } }) {
      totalCount nodes { internalName stream { title } } pageInfo { hasNextPage }
    }
    streamByInternalName(internalName: "${a.internalName}") {
      trackLists { totalCount nodes { ${shown} } }
      tiers: trackLists(filter: { qualityTier: { startsWith: "1080P" } }) { totalCount }
      trackChanges { nodeName before { width height codec trackCount qualityTier } after { width height codec trackCount qualityTier } }
    }
  }`)) as { data: Record<string, Record<string, unknown>> }
  expect(data['trackListEvents']).toEqual({
    totalCount: '5',
    nodes: [
      { internalName: 'of nobody', stream: null },
      { internalName: b.internalName, stream: { title: 'A stream' } },
    ],
    pageInfo: { hasNextPage: true },
  })
  const { trackLists, tiers, trackChanges } = data['streamByInternalName']!
  expect(tiers).toEqual({ totalCount: '1' })
  const { nodes, totalCount } = trackLists as { nodes: object[]; totalCount: string }
  expect(totalCount).toBe('3')
  expect(nodes[0]).toEqual({
    time: newest.timestamp,
    internalName: a.internalName,
    nodeName: 'edge-1',
    edgeNode: null,
    trackCount: 2,
    videoTrackCount: 1,
    audioTrackCount: 1,
    tracks: { video: { codec: 'H264', id: 7 } },
    width: 1920,
    height: 1080,
    fps: 59.94,
    bitrateKbps: 4500,
    codec: 'H264',
    audioChannels: 2,
    audioSampleRate: 48_000,
    audioCodec: 'AAC',
    audioBitrateKbps: 192,
    qualityTier: '1080p60',
  })
  expect(nodes[1]).toMatchObject({
    trackCount: null,
    videoTrackCount: null,
    tracks: {},
    width: null,
    fps: null,
    bitrateKbps: null,
    codec: '',
    audioChannels: null,
    qualityTier: '',
  })
  expect(trackChanges).toEqual([
    {
      nodeName: 'edge-1',
      before: { width: 1280, height: 720, codec: '', trackCount: 1, qualityTier: '720p30' },
      after: { width: 1920, height: 1080, codec: 'H264', trackCount: 2, qualityTier: '1080p60' },
    },
  ])
})

test('a name that no edge node can have is a name without an edge node', async () => {
  const { client } = await open()
  await post(client, [list('x', 1, { node_id: 'a\0b' })])
  expect(await client.request('{ trackListEvents { nodes { nodeName edgeNode { slug } } } }')).toMatchObject({
    data: { trackListEvents: { nodes: [{ nodeName: 'a\0b', edgeNode: null }] } },
  })
})

test('every list is told once and in order, by the filter, and again from a cursor', async () => {
  const { tenant, client } = await open()
  const stream = await program.seed.stream(tenant)
  const live = client.webSocket()
  type Told = { cursor: string; reason?: string; trackList: { trackCount: number } }
  const document = `subscription ($filter: StoredTrackListFilter, $after: String) {
    trackListChanged(filter: $filter, after: $after, withStart: true) {
      ... on TrackListStored { cursor trackList { trackCount tracks width stream { internalName } } }
      ... on Resync { reason }
    }
  }` as unknown as TypedDocumentString<{ trackListChanged: Told }, object>
  const listen = (after?: string) => {
    const filter = { internalName: { eq: stream.internalName } }
    const values = live.subscribe(document, { filter, ...(after !== undefined && { after }) })
    const next = async () => (await settled(values.next(), 10_000, 'a list')).value!.data!.trackListChanged
    return { next, stop: () => values.return?.() }
  }
  const first = listen()
  expect(await first.next()).toEqual({ reason: 'STARTED' })
  const other = await open()
  await post(other.client, [list(stream.internalName, 1, { track_count: 99 })])
  const lists = Array.from({ length: 9 }, (_, n) =>
    list(n % 3 === 2 ? 'another' : stream.internalName, 10 - n, { track_count: n, track_list: { a: n } }),
  )
  for (let from = 0; from < 9; from += 3) await post(client, lists.slice(from, from + 3))
  const told: Told[] = []
  while (told.length < 6) told.push(await first.next())
  expect(told[0]).toMatchObject({
    trackList: { tracks: { a: 0 }, width: null, stream: { internalName: stream.internalName } },
  })
  expect(told.map(({ trackList }) => trackList.trackCount)).toEqual([0, 1, 3, 4, 6, 7])
  await first.stop()
  // The same again is no list, and what comes while nobody reads is there for who comes back.
  expect((await client.ingest('track_list_events', lists)).body).toMatchObject({ duplicates: 9 })
  await post(client, [list(stream.internalName, 0, { track_count: 10 })])
  const back = listen(told[4]!.cursor)
  expect((await back.next()).trackList.trackCount).toBe(7)
  expect((await back.next()).trackList.trackCount).toBe(10)
  await back.stop()
  await live.close()
})

test('a page of streams asks no more than one stream does', async () => {
  const { tenant, client } = await open()
  const counted = async () => {
    const spy = vi.spyOn(program.databases.clickHouse, 'query')
    try {
      const { errors } = await client.request(
        '{ streams(first: 21) { nodes { trackLists(first: 3) { totalCount nodes { width } } trackChanges { time } } } }',
      )
      expect(errors).toBeUndefined()
      return spy.mock.calls.map(([{ name }]) => name).toSorted()
    } finally {
      spy.mockRestore()
    }
  }
  const fill = async () => {
    const { internalName } = await program.seed.stream(tenant)
    await post(client, [list(internalName, 1)])
  }
  await fill()
  const one = await counted()
  expect(one).toEqual(['streaming.trackChanges', 'streaming.trackListCount', 'streaming.trackListPage'])
  for (let more = 0; more < 5; more++) await fill()
  expect(await counted()).toEqual(one)
})

test.each([
  [{ track_count: -1 }, 'track_count: expected a whole number'],
  [{ track_list: [] }, 'track_list: expected a JSON object'],
  [{ primary_audio_bitrate: 192_000 }, 'primary_audio_bitrate'],
  [{ width: 1, primary_width: 2 }, 'primary_width'],
])('%o is refused by its name, and the rest of the batch is taken', async (part, message) => {
  const { client } = await open()
  const good = list('live', 1)
  expect(
    (await client.ingest('track_list_events', [{ ...good, event_id: uuidv7(), ...part }, good])).body,
  ).toMatchObject({ accepted: 1, rejected: [{ index: 0, message: expect.stringContaining(message) }] })
})
