import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { eventually, settled } from '../testkit/waiters.ts'

const Health = graphql(`
  query StreamHealthOf($id: ID!) {
    node(id: $id) {
      ... on Stream {
        rebuffering(range: { last: "PT10M" }) {
          rebufferings
          intervals {
            nodeName
            state
            to
          }
        }
        qualityChanges {
          nodeName
        }
        currentHealth {
          nodeName
          edgeNode {
            slug
          }
          healthScore
          fps
          bufferState
          packetsSent
          issues
        }
        health(range: { last: "PT10M" }, step: "PT10S") {
          samples
          healthScore
          minHealthScore
          maxHealthScore
          bitrateKbps
          fps
          packetLoss
          rebuffering
          samplesWithIssues
          points {
            samples
            packetLoss
          }
        }
      }
    }
    streamHealthIssues(filter: { stream: { eq: "camera" } }) {
      totalCount
      nodes {
        internalName
        issues
        healthScore
        packetsLost
      }
    }
    analytics {
      streamHealth(internalName: "camera", range: { last: "PT10M" }, step: "PT5M") {
        samples
        healthScore
        packetLoss
      }
    }
  }
`)
const Live = graphql(`
  subscription StreamHealthNow($id: ID!) {
    streamHealth(id: $id) {
      sample {
        healthScore
        bufferState
        fps
      }
    }
  }
`)
const Create = graphql(`
  mutation CreateStreamForHealth($input: CreateStreamInput!) {
    createStream(input: $input) {
      ... on CreateStreamPayload {
        stream {
          id
        }
      }
    }
  }
`)

let program: TestApp
let client: TestClient
beforeAll(async () => {
  program = await sharedApp()
  client = createTestClient(program.url, (await program.seed.tenant()).key)
})
afterAll(() => program.stop())

const sample = (secondsAgo: number, more: object) => ({
  event_id: uuidv7(),
  time: new Date(Date.now() - secondsAgo * 1_000).toISOString(),
  internal_name: 'camera',
  node_id: 'edge-1',
  ...more,
})
const post = async (...samples: readonly object[]): Promise<void> => {
  expect((await client.ingest('stream_health_samples', samples)).body).toMatchObject({
    accepted: samples.length,
    rejected: [],
  })
  await program.app.ingest.flushed()
}

test('what is posted is told at once, and every question tells the same', async () => {
  const { createStream } = await client.ask(Create, { input: { internalName: 'camera', title: 'Camera' } })
  const id = (createStream as { stream: { id: string } }).stream.id
  const live = client.webSocket()
  const values = live.subscribe(Live, { id })
  const next = async () => (await settled(values.next(), 10_000, 'a value')).value?.data?.streamHealth
  expect(await next()).toEqual({ sample: null })

  await post(
    sample(30, {
      health_score: 100,
      fps: 30,
      buffer_state: 'FULL',
      packets_sent: 900,
      packets_lost: 0,
      bitrate_kbps: 4_000,
    }),
    sample(20, {
      health_score: 40,
      buffer_state: 'DRY',
      packets_sent: 100,
      packets_lost: 50,
      issues: 'PACKET_LOSS',
    }),
    // Of another stream, and so old that nothing live is made of it.
    sample(10, { internal_name: 'other', health_score: 1 }),
    sample(3_600, { health_score: 2 }),
  )
  await eventually(async () =>
    expect(await next()).toEqual({ sample: { healthScore: 40, bufferState: 'DRY', fps: null } }),
  )
  // Late: it changes what was, and not what is.
  await post(sample(25, { health_score: 70, buffer_state: 'FULL' }))
  await post(sample(1, { health_score: 90, buffer_state: 'RECOVER', fps: 0 }))
  await eventually(async () =>
    expect(await next()).toEqual({ sample: { healthScore: 90, bufferState: 'RECOVER', fps: 0 } }),
  )

  const { node, analytics, streamHealthIssues } = await client.ask(Health, { id })
  const { health, currentHealth, rebuffering, qualityChanges } = node as Extract<
    typeof node,
    { health?: unknown }
  >
  expect(currentHealth).toEqual({
    nodeName: 'edge-1',
    edgeNode: null,
    healthScore: 90,
    fps: 0,
    bufferState: 'RECOVER',
    packetsSent: null,
    issues: '',
  })
  expect(health).toMatchObject({
    samples: '4',
    healthScore: 75,
    minHealthScore: 40,
    maxHealthScore: 100,
    bitrateKbps: 4_000,
    fps: 15,
    packetLoss: 0.05,
    rebuffering: 0.25,
    samplesWithIssues: '1',
  })
  expect(health!.points.filter(({ packetLoss }) => packetLoss !== null).length).toBeLessThanOrEqual(2)
  expect(analytics!.streamHealth).toEqual({ samples: '4', healthScore: 75, packetLoss: 0.05 })
  expect(streamHealthIssues).toEqual({
    totalCount: '1',
    nodes: [{ internalName: 'camera', issues: 'PACKET_LOSS', healthScore: 40, packetsLost: '50' }],
  })
  expect(rebuffering).toMatchObject({
    rebufferings: '1',
    intervals: [
      { nodeName: 'edge-1', state: 'RECOVER', to: null },
      { state: 'DRY', to: expect.any(String) },
      { state: 'FULL', to: expect.any(String) },
    ],
  })
  expect(qualityChanges).toEqual([])
  await values.return?.()
  await live.close()
})

const metadata = (name: string, n: number) => ({
  of: name,
  [`video_${n}`]: { bitrate: 2 ** 40 + n, tags: [n, null] },
})
const issue = (name: string, n: number) => ({ issues: `issue ${n}`, trackMetadata: metadata(name, n) })

test('a page of streams has the issues of each with what is said of their tracks, and none of another tenant', async () => {
  const own = createTestClient(program.url, (await program.seed.tenant()).key)
  const { key, tenant: other } = await program.seed.tenant()
  const foreign = createTestClient(program.url, key)
  await program.seed.stream(other)
  const names = ['first', 'second', 'third']
  for (const internalName of names) await own.ask(Create, { input: { title: internalName, internalName } })
  const rows = names.flatMap((name, at) =>
    Array.from({ length: at + 1 }, (_, n) =>
      sample(60 + n, { internal_name: name, issues: `issue ${n}`, track_metadata: metadata(name, n) }),
    ),
  )
  const quiet = names.map((name) => sample(50, { internal_name: name, track_metadata: { no: 'issue' } }))
  // The same ids, in another tenant: they are other samples.
  const theirs = rows.map((row) => ({ ...row, issues: 'theirs', track_metadata: { of: 'theirs' } }))
  await own.ingest('stream_health_samples', [
    ...rows,
    ...quiet,
    sample(55, { internal_name: 'first', issues: 'bare' }),
  ])
  await foreign.ingest('stream_health_samples', theirs)
  await program.app.ingest.flushed()
  type Issues = { totalCount: string; nodes: { issues: string; trackMetadata: object }[] }
  const query = `{ streams(first: 10) { nodes { internalName
    currentHealth { trackMetadata }
    healthIssues(first: 2) { totalCount nodes { issues trackMetadata } } } } }`
  const { data, errors } = await own.request<
    { streams: { nodes: { internalName: string; healthIssues: Issues; currentHealth: object | null }[] } },
    object
  >(query, {})
  expect(errors).toBeUndefined()
  const bare = { issues: 'bare', trackMetadata: {} }
  expect(
    Object.fromEntries(
      data!.streams.nodes.map(({ internalName, healthIssues }) => [internalName, healthIssues]),
    ),
  ).toEqual({
    first: { totalCount: '2', nodes: [bare, issue('first', 0)] },
    second: { totalCount: '2', nodes: [issue('second', 0), issue('second', 1)] },
    third: { totalCount: '3', nodes: [issue('third', 0), issue('third', 1)] },
  })
  for (const { currentHealth } of data!.streams.nodes)
    expect(currentHealth).toEqual({ trackMetadata: { no: 'issue' } })
})
