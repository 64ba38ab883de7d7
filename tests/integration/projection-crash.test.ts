import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIngest } from '../../src/ingest/ingest.ts'
import { projectorOf } from '../../src/ingest/projection.ts'
import { projectionsOf } from '../../src/modules/modules.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { stores } from '../testkit/stores.ts'
import { eventually, settled } from '../testkit/waiters.ts'
import { log, openRedis } from './ingest.testkit.ts'
import { createFactsOfNodes, createFactsOfStreams, projectedDatasets, type Told } from './projection-facts.ts'

const program = fileURLToPath(new URL('projection-writer-process.ts', import.meta.url))
/** How often a writer is killed; 20 by hand: PROJECTION_KILLS=20. */
const KILLS = Number(process.env.PROJECTION_KILLS ?? 4)
const STREAMS = 8

let app: TestApp
beforeAll(async () => void (app = await startApp()))
afterAll(() => app.stop())

/** How many samples there are of all nodes, counted from the rows. */
const nodeSamplesOf = async (client: TestClient): Promise<string> => {
  const range = {
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 3_600_000).toISOString(),
  }
  const { data } = (await client.request(
    `query ($range: TimeRangeInput) { analytics { nodeLoad(range: $range, step: "PT1M") { samples } } }`,
    { range },
  )) as { data: { analytics: { nodeLoad: { samples: string } } } }
  return data.analytics.nodeLoad.samples
}

const uuidOf = (id: string): string => Buffer.from(id, 'base64').toString().split(':')[1]!

test(`${KILLS} writers that are killed between insert, projection and settle leave the state that the facts say: of streams, clips, recordings, health, tracks and edge nodes`, async () => {
  const { tenant, key } = await app.seed.tenant()
  const client = createTestClient(app.url, key)
  const of: { name: string; clip: string; recording: string }[] = []
  for (let index = 0; index < STREAMS; index += 1) {
    const name = `s${index}`
    const make = async (mutation: string, input: object) =>
      (await mutate(client, mutation, input)) as unknown as Record<string, { id: string }>
    const { stream } = await make('createStream', { title: name, internalName: name })
    const streamId = stream!.id
    const startsAt = new Date(Date.now() - 60_000).toISOString()
    const { clip } = await make('createClip', { streamId, title: name, startsAt, durationMs: '1000' })
    const { recording } = await make('startRecording', { streamId })
    of.push({ name, clip: uuidOf(clip!.id), recording: uuidOf(recording!.id) })
  }

  const slugs = Array.from({ length: STREAMS }, (_, index) => `node-${index}`)
  await app.app.modules.edgeNodes.service.ensure(
    tenant,
    [{ slug: 'all', name: 'All' }],
    slugs.map((slug) => ({ slug, name: slug, region: '', cluster: 'all' })),
  )

  const redis = await openRedis()
  const ingest = createIngest({
    datasets: projectedDatasets,
    redis,
    clickHouse: app.databases.clickHouse,
    clock: systemClock,
    log,
    logMaxBytes: 64 << 20,
    timing: { aliveMs: 600, recoverEveryMs: 200 },
    projector: projectorOf(projectionsOf(app.app.modules), log),
  })
  const facts = createFactsOfStreams(of)
  const ofNodes = createFactsOfNodes(slugs)
  /** Something of every kind happens to every stream and node, in single entries. */
  const happen = async (): Promise<void> => {
    // As a producer does it: what was not taken, or not said to be, is sent again, and counts once.
    for (const { dataset, item } of [...facts.next(), ...ofNodes.next()])
      await eventually(() => ingest.accept(tenant, dataset, [item]), 30_000)
  }
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Of another dataset and after another step each time: all pairs in sixteen.
    const step = ['insert', 'project', 'settle', 'manifest'][(kill + Math.floor(kill / 4)) % 4]!
    const dataset = projectedDatasets[kill % projectedDatasets.length]!.name
    const urls = [stores().redisUrl, redis.prefix, app.databases.clickhouseUrl, app.databases.postgresUrl]
    const child = spawn(process.execPath, [program, ...urls, step, dataset], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    for (let n = 0; n < 3; n += 1) await happen()
    expect((await settled(ended, 30_000, 'the kill'))[1]).toBe('SIGKILL')
  }
  await happen()
  ingest.start()
  await ingest.flushed(undefined, { timeoutMs: 60_000 })

  const range = 'range: { last: "P1D" }'
  const { data } = (await client.request(
    `{ streams(first: 100, orderBy: { field: INTERNAL_NAME, direction: ASC }) { nodes {
         internalName status
         state { lastSeenAt healthAt healthScore fps tracksAt trackCount qualityTier }
         clips(first: 1) { nodes { status progress sizeBytes } }
         recordings(first: 1) { nodes { status sizeBytes } }
       } }
       streamEvents(first: 1, ${range}) { totalCount } trackListEvents(first: 1, ${range}) { totalCount } }`,
  )) as { data: { streams: { nodes: Told[] } } }
  expect(data).toEqual({
    streams: { nodes: of.map(({ name }) => facts.said(name)) },
    streamEvents: { totalCount: String(facts.count('stream_events')) },
    trackListEvents: { totalCount: String(facts.count('track_list_events')) },
  })
  const nodes = (await client.request(
    '{ edgeNodes(first: 100, orderBy: { field: SLUG, direction: ASC }) { nodes { slug health healthScore lastHeartbeatAt } } }',
  )) as { data: { edgeNodes: { nodes: Told[] } } }
  expect(nodes.data.edgeNodes.nodes).toEqual(slugs.map((slug) => ofNodes.said(slug)))
  expect(await nodeSamplesOf(client)).toBe(String(ofNodes.count()))
  // And each change of a status was told once, in order.
  const live = client.webSocket()
  const values = live.subscribe(
    `subscription { streamChanged(after: "0-0", filter: { kind: { eq: STATUS_CHANGED } }) {
       ... on StreamChanged { status stream { internalName } } } }` as never,
    {} as never,
  )
  const told = new Map<string, string[]>(of.map(({ name }) => [name, []]))
  for (let n = 0; n < facts.rounds() * STREAMS; n += 1) {
    const { value } = await settled(values.next(), 20_000, 'a change')
    const { streamChanged } = value.data as {
      streamChanged: { status: string; stream: { internalName: string } }
    }
    told.get(streamChanged.stream.internalName)!.push(streamChanged.status)
  }
  const expected = Array.from({ length: facts.rounds() }, (_, n) => (n % 2 === 0 ? 'LIVE' : 'OFFLINE'))
  for (const { name } of of) expect(told.get(name)).toEqual(expected)
  await live.close()
  await ingest.drain(5_000)
  await redis.close()
}, 240_000)
