import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { statementsDuring } from '../testkit/statements.ts'

let program: TestApp
beforeAll(async () => void (program = await sharedApp()))
afterAll(() => program.stop())

const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const { service } = program.app.modules.edgeNodes
  await service.ensure(
    tenant,
    ['a', 'b', 'c'].map((slug) => ({ slug, name: slug })),
    ['a-1', 'a-2', 'b-1'].map((slug) => ({ slug, name: slug, cluster: slug[0]!, region: '' })),
  )
  const ask = async <T>(query: string): Promise<T> => {
    const { data, errors } = await client.request<T, object>(query)
    if (errors) throw new Error(JSON.stringify(errors))
    return data!
  }
  const post = async (dataset: string, items: readonly object[]) => {
    const sent = items.map((item) => ({ event_id: uuidv7(), time: new Date().toISOString(), ...item }))
    expect((await client.ingest(dataset, sent)).body).toMatchObject({ accepted: items.length })
    await program.app.ingest.flushed()
  }
  return { client, ask, post }
}
const viewers = (node_id: string, internal_name: string, viewer_count: number) => ({
  node_id,
  internal_name,
  viewer_count,
})

test('what a cluster carries is that of its nodes, and one near a limit is told, fullest first', async () => {
  const { client, ask, post } = await open()
  const other = await open()
  await other.post('viewer_samples', [viewers('a-1', 'x', 500)]) // of another tenant, with the same names
  await post('viewer_samples', [
    viewers('a-1', 'x', 60),
    viewers('a-2', 'x', 30),
    viewers('a-2', 'y', 0), // carries it to nobody
    viewers('b-1', 'y', 5),
    viewers('elsewhere', 'z', 9),
  ])
  await post('node_samples', [
    { node_id: 'a-1', bandwidth_out: 1_500_000_000 },
    { node_id: 'a-2', cpu_percent: 5 },
  ])
  type Clusters = { clusters: { nodes: { id: string; slug: string; usage: object }[] } }
  const usage =
    '{ clusters { nodes { id slug usage { viewers streams bandwidthMbps limits { limit used most share } } } } }'
  const near = async () =>
    (
      await ask<{ analytics: { clustersNearLimits: { slug: string }[] } }>(
        '{ analytics { clustersNearLimits { slug } } }',
      )
    ).analytics.clustersNearLimits
  const before = await ask<Clusters>(usage)
  const none = { streams: 0, viewers: '0', bandwidthMbps: null, limits: [] }
  expect(before.clusters.nodes.map(({ usage }) => usage)).toEqual([
    { viewers: '90', streams: 1, bandwidthMbps: 1_500, limits: [] },
    { ...none, viewers: '5', streams: 1 },
    none,
  ])
  expect(await near()).toEqual([])

  const [a, b, c] = before.clusters.nodes
  await mutate(client, 'updateCluster', {
    id: a!.id,
    maxViewers: 100,
    maxStreams: 10,
    maxBandwidthMbps: 1_000,
  })
  await mutate(client, 'updateCluster', { id: b!.id, maxViewers: 6 })
  await mutate(client, 'updateCluster', { id: c!.id, maxViewers: 1 })
  const { clusters } = await ask<Clusters>(usage)
  expect(clusters.nodes[0]!.usage).toMatchObject({
    limits: [
      { limit: 'BANDWIDTH', used: 1_500, most: 1_000, share: 1.5 },
      { limit: 'VIEWERS', used: 90, most: 100, share: 0.9 },
      { limit: 'STREAMS', used: 1, most: 10, share: 0.1 },
    ],
  })
  expect(await near()).toEqual([{ slug: 'a' }, { slug: 'b' }]) // 150 % and 83 %
  // A page of clusters is asked as one is.
  const texts = async (first: number) =>
    (await statementsDuring(() => ask(usage.replace('clusters', `clusters(first: ${first})`)))).length
  expect(await texts(3)).toBe(await texts(1))
  expect(await mutate(client, 'updateCluster', { id: a!.id, maxViewers: 0 })).toMatchObject({
    code: 'VALIDATION_FAILED',
    path: ['maxViewers'],
  })
})

test('streams are counted over all that a node carries, also beyond those that are listed of it', async () => {
  const { client, ask, post } = await open()
  const streams = Array.from({ length: 1_500 }, (_, n) => viewers('a-1', `stream-${n}`, 1))
  await post('viewer_samples', [...streams, viewers('a-2', 'stream-1499', 1), viewers('a-2', 'only-here', 1)])
  const { clusters } = await ask<{ clusters: { nodes: { id: string }[] } }>('{ clusters { nodes { id } } }')
  await mutate(client, 'updateCluster', { id: clusters.nodes[0]!.id, maxStreams: 1_600 })
  const usage =
    '{ analytics { clustersNearLimits { slug usage { viewers streams limits { limit share } } } } }'
  expect(await ask(usage)).toEqual({
    analytics: {
      clustersNearLimits: [
        {
          slug: 'a',
          usage: { viewers: '1502', streams: 1_501, limits: [{ limit: 'STREAMS', share: 1_501 / 1_600 }] },
        },
      ],
    },
  })
})
