import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { graphql } from '../graphql/gql.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate } from '../testkit/mutate.ts'
import { eventually, settled } from '../testkit/waiters.ts'

const Load = graphql(`
  query NodeLoadOf($range: TimeRangeInput!) {
    clusters(first: 3) {
      nodes {
        slug
        load(range: $range, step: "PT5M") {
          samples
          nodes
          cpuPercent
          maxCpuPercent
          bandwidthOutBps
          connections
        }
        edgeNodes(first: 3) {
          nodes {
            slug
            currentLoad {
              cpuPercent
              bandwidthOutBps
              isHealthy
              tags
              edgeNode {
                slug
              }
            }
            load(range: $range, step: "PT5M") {
              samples
              nodes
              cpuPercent
              minHealthScore
              bandwidthOutBps
              maxBandwidthOutBps
              points {
                samples
              }
            }
            healthHistory(range: $range) {
              changes
              staleSeconds
              intervals {
                health
                to
              }
            }
          }
        }
      }
    }
    analytics {
      nodeLoad(range: $range, step: "PT1M") {
        samples
        nodes
        cpuPercent
        diskPercent
        bandwidthOutBps
        connections
      }
      nodesInTrouble {
        nodeName
        since
        edgeNode {
          slug
        }
        troubles {
          reason
          since
          percent
        }
      }
    }
  }
`)
const Page = graphql(`
  query NodeLoadOfAPage($range: TimeRangeInput!) {
    edgeNodes(first: 3) {
      nodes {
        currentLoad {
          cpuPercent
          metadata
        }
        load(range: $range, step: "PT5M") {
          samples
        }
        healthHistory(range: $range) {
          changes
        }
      }
    }
    clusters(first: 3) {
      nodes {
        load(range: $range, step: "PT5M") {
          samples
        }
      }
    }
  }
`)
const Live = graphql(`
  subscription EdgeNodeLoadNow($id: ID!) {
    edgeNodeLoad(id: $id) {
      sample {
        cpuPercent
        connections
      }
    }
  }
`)

let program: TestApp
beforeAll(async () => void (program = await startApp()))
afterAll(() => program.stop())

const node = (slug: string, cluster: string) => ({ slug, cluster, name: slug, region: 'eu' })
const open = async () => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  await program.app.modules.edgeNodes.service.ensure(
    tenant,
    ['east', 'west', 'empty'].map((slug) => ({ slug, name: slug })),
    [node('e-1', 'east'), node('e-2', 'east'), node('w-1', 'west')],
  )
  return { client, tenant }
}
const start = Date.now()
const at = (secondsAgo: number): string => new Date(start - secondsAgo * 1_000).toISOString()
const sample = (node_id: string, secondsAgo: number, more: object) => ({
  event_id: uuidv7(),
  time: at(secondsAgo),
  node_id,
  ...more,
})
const post = async (client: TestClient, samples: readonly object[]): Promise<void> => {
  expect((await client.ingest('node_samples', samples)).body).toMatchObject({
    accepted: samples.length,
    rejected: [],
  })
  await program.app.ingest.flushed()
}
const range = { from: new Date(start - 600_000).toISOString(), to: new Date(start + 60_000).toISOString() }

test('load of a node, of a cluster and of all, now, over time and live, and who is in trouble: one story', async () => {
  const { client } = await open()
  const { client: stranger } = await open()
  await post(stranger, [
    sample('e-1', 5, { cpu_percent: 99, disk_percent: 99, bandwidth_out: 7, health_score: 1 }),
  ])
  const { edgeNodes } = (
    await client.request<{ edgeNodes: { nodes: { id: string }[] } }, object>(
      '{ edgeNodes(filter: { slug: { eq: "e-1" } }) { nodes { id } } }',
      {},
    )
  ).data!
  const values = client.webSocket().subscribe(Live, { id: edgeNodes.nodes[0]!.id })
  const next = async () => (await settled(values.next(), 10_000, 'a value')).value?.data?.edgeNodeLoad
  expect(await next()).toEqual({ sample: null })

  await post(client, [
    sample('e-1', 40, { cpu_percent: 20, bandwidth_out: 100, connections_current: 10, health_score: 90 }),
    sample('e-1', 20, { cpu_percent: 96, bandwidth_out: 300, disk_percent: 91, health_score: 90 }),
    sample('e-1', 10, { cpu_percent: 97, bandwidth_out: 200, disk_percent: 92, health_score: 60 }),
    sample('e-2', 10, { cpu_percent: 50, bandwidth_out: 1_000, connections_current: 5, tags: ['new'] }),
    // High once, and not any more; of a node that nobody made: high now.
    sample('w-1', 30, { memory_percent: 99, bandwidth_out: 10 }),
    sample('w-1', 5, { memory_percent: 94.999, is_healthy: true }),
    sample('ghost', 5, { memory_percent: 95 }),
  ])
  await eventually(async () =>
    expect(await next()).toEqual({ sample: { cpuPercent: 97, connections: null } }),
  )

  const { clusters, analytics } = await client.ask(Load, { range })
  const bySlug = new Map(clusters!.nodes.map((each) => [each.slug, each]))
  expect(bySlug.get('east')!.load).toEqual({
    samples: '4',
    nodes: '2',
    cpuPercent: (20 + 96 + 97 + 50) / 4,
    maxCpuPercent: 97,
    bandwidthOutBps: 1_200,
    connections: 15,
  })
  expect(bySlug.get('empty')!.load).toMatchObject({ samples: '0', nodes: '0', bandwidthOutBps: null })
  const [first, second] = bySlug.get('east')!.edgeNodes.nodes
  expect(first).toMatchObject({
    slug: 'e-1',
    currentLoad: { cpuPercent: 97, bandwidthOutBps: '200', isHealthy: null, edgeNode: { slug: 'e-1' } },
    load: {
      samples: '3',
      nodes: '1',
      cpuPercent: 71,
      minHealthScore: 60,
      bandwidthOutBps: 200,
      maxBandwidthOutBps: 300,
    },
    healthHistory: {
      changes: '1',
      staleSeconds: 0,
      intervals: [
        { health: 'DEGRADED', to: null },
        { health: 'HEALTHY', to: at(10) },
      ],
    },
  })
  expect(second).toMatchObject({ slug: 'e-2', currentLoad: { tags: ['new'], bandwidthOutBps: '1000' } })
  expect(analytics!.nodeLoad).toEqual({
    samples: '7',
    nodes: '4',
    cpuPercent: (20 + 96 + 97 + 50) / 4,
    diskPercent: 91.5,
    bandwidthOutBps: 1_210,
    connections: 15,
  })
  expect(analytics!.nodesInTrouble).toEqual([
    {
      nodeName: 'ghost',
      since: at(5),
      edgeNode: null,
      troubles: [{ reason: 'MEMORY_HIGH', since: at(5), percent: 95 }],
    },
    {
      nodeName: 'e-1',
      since: at(20),
      edgeNode: { slug: 'e-1' },
      troubles: [
        { reason: 'DEGRADED', since: at(10), percent: null },
        { reason: 'CPU_HIGH', since: at(20), percent: 97 },
        { reason: 'DISK_NEARLY_FULL', since: at(20), percent: 92 },
      ],
    },
  ])
  await values.return?.()
})

test('all nodes of a page are answered by one statement for each question', async () => {
  const { client } = await open()
  const metadata = { kernel: '6.1', disks: [{ name: 'sda', big: '12345678901234567890' }] }
  await post(client, [
    sample('e-1', 10, { cpu_percent: 1, metadata }),
    sample('e-1', 20, { metadata: { kernel: '5.0' } }),
    sample('e-2', 10, { cpu_percent: 2 }),
  ])
  const asked: string[] = []
  const { clickHouse } = program.databases
  const query = clickHouse.query.bind(clickHouse)
  const spy = vi.spyOn(clickHouse, 'query').mockImplementation((question, ...given) => {
    asked.push(question.name)
    return query(question, ...given)
  })
  const { edgeNodes } = await client.ask(Page, { range })
  spy.mockRestore()
  expect(edgeNodes!.nodes.map(({ currentLoad }) => currentLoad?.cpuPercent)).toEqual([1, 2, undefined])
  expect(edgeNodes!.nodes.map(({ currentLoad }) => currentLoad?.metadata)).toEqual([metadata, {}, undefined])
  expect(asked.toSorted()).toEqual([
    'infrastructure.currentLoad',
    'infrastructure.healthHistory',
    // Of nodes, and of clusters.
    'infrastructure.loadSeries',
    'infrastructure.loadSeries',
    'infrastructure.sampleMetadata',
  ])
})

test('live load of a node that is not there is refused', async () => {
  const { client } = await open()
  const { client: stranger } = await open()
  const { data } = await stranger.request<{ edgeNodes: { nodes: { id: string }[] } }, object>(
    '{ edgeNodes { nodes { id } } }',
    {},
  )
  const id = data!.edgeNodes.nodes[0]!.id
  const values = client.webSocket().subscribe(Live, { id })
  const { value } = await settled(values.next(), 10_000, 'an error')
  expect(value?.errors?.[0]?.extensions?.['code']).toBe('NOT_FOUND')
  expect(await mutate(client, 'deleteEdgeNode', { id })).toMatchObject({ code: 'NOT_FOUND' })
})
