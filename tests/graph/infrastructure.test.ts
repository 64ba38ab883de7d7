import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../graphql/gql.ts'
import { sharedApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'

const Clusters = graphql(`
  query ClustersWithNodes {
    clusters {
      totalCount
      nodes {
        name
        edgeNodes {
          totalCount
          nodes {
            name
            health
            healthScore
            cluster {
              name
            }
          }
        }
      }
    }
  }
`)

const cluster = (name: string) => ({ slug: name, name })
const node = (name: string, cluster: string) => ({ slug: name, name, cluster, region: 'eu' })

const sent = (healthScore: number) => [{ at: new Date(), healthScore }]

let program: TestApp
let client: TestClient
beforeAll(async () => {
  program = await sharedApp()
  const { key, tenant } = await program.seed.tenant()
  client = createTestClient(program.url, key)
  const { service } = program.app.modules.edgeNodes
  const clusters = ['east', 'west', 'empty'].map(cluster)
  const nodes = [node('e-1', 'east'), node('e-2', 'east'), node('w-1', 'west')]
  await service.ensure(tenant, clusters, nodes)
  await service.ensure(tenant, [{ slug: 'east', name: 'Another name' }], [node('e-1', 'west')])
  const facts = new Map([
    ['e-1', sent(79)],
    ['w-1', sent(49)],
    ['unknown', sent(0)],
  ])
  await service.follow(trustedPermit<'infrastructure:write'>(tenant, programActor('test')), facts)
})
afterAll(() => program.stop())

const page = (cluster: string, nodes: readonly (readonly [string, number, string])[]) => ({
  totalCount: nodes.length,
  nodes: nodes.map(([name, healthScore, health]) => ({
    name,
    healthScore,
    health,
    cluster: { name: cluster },
  })),
})

test('each cluster has its own nodes, in the order of their slugs, and each node the health that its reports make', async () => {
  const { clusters } = await client.ask(Clusters, {})
  expect(clusters).toEqual({
    totalCount: 3,
    nodes: [
      {
        name: 'east',
        edgeNodes: page('east', [
          ['e-1', 79, 'DEGRADED'],
          ['e-2', 100, 'STALE'],
        ]),
      },
      { name: 'empty', edgeNodes: page('empty', []) },
      { name: 'west', edgeNodes: page('west', [['w-1', 49, 'UNHEALTHY']]) },
    ],
  })
})

test('another tenant sees none of them', async () => {
  const other = createTestClient(program.url, (await program.seed.tenant()).key)
  expect((await other.ask(Clusters, {})).clusters).toEqual({ totalCount: 0, nodes: [] })
})
