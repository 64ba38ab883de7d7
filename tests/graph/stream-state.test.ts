import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { globalId } from '../testkit/seed.ts'
import { statementsDuring } from '../testkit/statements.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  return { tenant, client: createTestClient(program.url, key) }
}
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString()
const post = async (client: TestClient, dataset: string, facts: readonly object[]): Promise<void> => {
  expect((await client.ingest(dataset, facts)).body).toMatchObject({ accepted: facts.length, rejected: [] })
  await program.app.ingest.flushed()
}
const fields = `lastSeenAt nodeName edgeNode { slug } healthAt healthScore bitrateKbps width height codec fps packetsSent
  packetsLost packetsRetransmitted bufferState issues tracksAt trackCount tracks qualityTier viewersNow peakViewers`

test('the state of a stream is what its newest facts say, whatever comes late', async () => {
  const { tenant, client } = await open()
  const { internalName, id, globalId: streamId } = await program.seed.stream(tenant)
  const stateOf = async (): Promise<object | null> => {
    const { data, errors } = (await client.request(
      `{ streamByInternalName(internalName: "${internalName}") { state { id ${fields} } } }`,
    )) as { errors?: unknown; data: { streamByInternalName: { state: object | null } } }
    expect(errors).toBeUndefined()
    return data.streamByInternalName.state
  }
  expect(await stateOf()).toBeNull()

  const seenAt = ago(50)
  await post(client, 'stream_events', [{ internal_name: internalName, time: seenAt, event_type: 'tally' }])
  const none = { healthAt: null, healthScore: null, codec: '', tracksAt: null, tracks: {}, nodeName: '' }
  expect(await stateOf()).toMatchObject({ lastSeenAt: seenAt, ...none, viewersNow: '0', peakViewers: null })

  await mutate(client, 'startStream', { id: streamId })
  const [healthAt, tracksAt] = [ago(20), ago(30)]
  const of = { internal_name: internalName }
  await post(client, 'stream_health_samples', [
    {
      ...of,
      time: healthAt,
      node_id: 'edge-1',
      health_score: 97.5,
      bitrate_kbps: 4_000,
      width: 1920,
      height: 1080,
      codec: 'H264',
      fps: 29.97,
      packets_sent: 900,
      packets_lost: 3,
      buffer_state: 'FULL',
      issues: 'NONE',
    },
    { ...of, time: ago(25), health_score: 1, packets_retransmitted: 5 },
  ])
  await post(client, 'track_list_events', [
    {
      ...of,
      time: tracksAt,
      node_id: 'edge-2',
      track_count: 2,
      track_list: { a: { id: 1 } },
      quality_tier: '1080p',
    },
  ])
  await post(client, 'stream_health_samples', [{ ...of, time: ago(40), health_score: 2 }])
  await post(client, 'viewer_samples', [program.seed.sample(internalName, 41)])
  const full = {
    id: globalId('StreamState', id),
    lastSeenAt: healthAt,
    nodeName: 'edge-1',
    edgeNode: null,
    healthAt,
    healthScore: 97.5,
    bitrateKbps: 4_000,
    width: 1920,
    height: 1080,
    codec: 'H264',
    fps: 29.97,
    packetsSent: '900',
    packetsLost: '3',
    packetsRetransmitted: null,
    bufferState: 'FULL',
    issues: 'NONE',
    tracksAt,
    trackCount: 2,
    tracks: { a: { id: 1 } },
    qualityTier: '1080p',
    viewersNow: '41',
    peakViewers: '41',
  }
  expect(await stateOf()).toEqual(full)

  const asked = `query ($id: ID!) { node(id: $id) { ... on StreamState { ${fields} } } }`
  const { id: stateId, ...shown } = full
  expect(await client.request(asked, { id: stateId })).toMatchObject({ data: { node: shown } })
  const other = await open()
  expect(await other.client.request(asked, { id: stateId })).toMatchObject({ data: { node: null } })
  // Of a deleted stream nothing is left to see.
  await mutate(client, 'endStream', { id: streamId })
  await mutate(client, 'deleteStream', { id: streamId })
  expect(await client.request(asked, { id: stateId })).toMatchObject({ data: { node: null } })
})

test('of samples of one instant the greater id counts, for the state as for the health now, whatever is stored later', async () => {
  const { tenant, client } = await open()
  const { internalName } = await program.seed.stream(tenant)
  const [less, greater] = [uuidv7(), uuidv7()].toSorted()
  const of = { internal_name: internalName, time: ago(5) }
  await post(client, 'stream_health_samples', [{ ...of, event_id: greater, health_score: 2 }])
  await post(client, 'stream_health_samples', [{ ...of, event_id: less, health_score: 1 }])
  const { data } = await client.request(
    `{ streamByInternalName(internalName: "${internalName}") { currentHealth { healthScore } state { healthScore } } }`,
  )
  expect(data).toEqual({
    streamByInternalName: { currentHealth: { healthScore: 2 }, state: { healthScore: 2 } },
  })
})

test('the projection leaves no row in the audit log and no message in the outbox', async () => {
  const { tenant, client } = await open()
  const { internalName } = await program.seed.stream(tenant)
  const entries = async () => {
    const { data } = (await client.request('{ auditLog(first: 1) { totalCount } }')) as {
      data: { auditLog: { totalCount: number } }
    }
    return data.auditLog.totalCount
  }
  const before = await entries()
  await post(client, 'stream_health_samples', [{ internal_name: internalName, time: ago(1), fps: 1 }])
  expect(await entries()).toBe(before)
})

test('a page of 100 streams with their state asks no more than a page of one', async () => {
  const { tenant, client } = await open()
  const ask = async () => {
    const { errors } = await client.request(`{ streams(first: 100) { nodes { state { ${fields} } } } }`)
    expect(errors).toBeUndefined()
  }
  const counted = async () => {
    const spy = vi.spyOn(program.databases.clickHouse, 'query')
    try {
      // Whole statements, so that a further one is seen; but for how many values a list of them has.
      const ofPostgres = (await statementsDuring(ask)).map(({ text }) =>
        text.replaceAll(/\$\d+(,\$\d+)*/g, '$'),
      )
      return { ofPostgres, ofClickHouse: spy.mock.calls.map(([{ name }]) => name).toSorted() }
    } finally {
      spy.mockRestore()
    }
  }
  const fill = async (many: number) => {
    const names = Array.from({ length: many }, () => uuidv7())
    await program.app.modules.streams.service.ensure(
      tenant,
      names.map((internalName) => ({
        internalName,
        playbackId: internalName,
        title: internalName,
        description: '',
        isPublic: false,
        status: 'LIVE' as const,
        startedAt: Date.now() - 3_600_000,
      })),
    )
    const facts = names.map((internal_name, n) => ({ internal_name, time: ago(1), node_id: `n${n}` }))
    await post(client, 'stream_health_samples', facts)
  }
  await fill(1)
  const one = await counted()
  expect(one.ofClickHouse).toEqual(['audience.viewerPeaks', 'audience.viewersNowByStream'])
  // Streams, states, their streams, edge nodes.
  expect(one.ofPostgres).toHaveLength(4)
  await fill(99)
  expect(await counted()).toEqual(one)
})
