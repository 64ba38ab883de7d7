import type { AccessScope } from '../../src/auth/actions.ts'
import type { TestApp } from '../testkit/app.ts'
import { createTestClient, type TestClient } from '../testkit/client.ts'
import { mutate, type Payload } from '../testkit/mutate.ts'

export const asked = async <T>(client: TestClient, query: string, variables: object = {}): Promise<T> => {
  const { data, errors } = await client.request<T, object>(query, variables)
  if (errors || !data) throw new Error(JSON.stringify(errors))
  return data
}
export const idIn = (payload: Payload, name: string): string =>
  (payload as never as Record<string, { id: string }>)[name]!.id

/** A tenant with a cluster, a service, and a machine whose key sends and reads nothing. */
export const openOn = async (program: Pick<TestApp, 'seed' | 'url'>) => {
  const { tenant, key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const keyed = async (...scopes: AccessScope[]) =>
    createTestClient(program.url, await program.seed.key(tenant, scopes))
  const machine = await keyed('ingest')
  const run = (name: string, input: object): Promise<Payload> => mutate(client, name, input)
  const says = (name: string, input: object): Promise<Payload> => mutate(machine, name, input)
  const cluster = idIn(await run('createCluster', { slug: 'c' }), 'cluster')
  const made = await run('createService', { slug: 'api', plane: 'CONTROL', defaultPort: 8080 })
  const service = idIn(made, 'service')
  const place = { service: 'api', cluster: 'c' }
  return { tenant, client, machine, keyed, run, says, cluster, service, place }
}
/** The key of an edge node of that cluster, and the node. */
export const nodeOn = async (
  program: Pick<TestApp, 'url'>,
  client: TestClient,
  clusterId: string,
  slug: string,
) => {
  const { token } = await mutate(client, 'createBootstrapToken', { clusterId, name: 'T' })
  const { apiKey } = await mutate(createTestClient(program.url), 'registerEdgeNode', { token, slug })
  const { edgeNodes } = await asked<{ edgeNodes: { nodes: { id: string }[] } }>(
    client,
    'query ($slug: String!) { edgeNodes(filter: { slug: { eq: $slug } }) { nodes { id } } }',
    { slug },
  )
  return { key: createTestClient(program.url, String(apiKey)), id: edgeNodes.nodes[0]!.id }
}
export type Shown = Record<string, unknown>
export const instances = async (client: TestClient, filter: object = {}): Promise<Shown[]> => {
  const found = await asked<{ serviceInstances: { nodes: Shown[] } }>(
    client,
    `query ($filter: ServiceInstanceFilter) { serviceInstances(filter: $filter) { nodes {
      slug plane host port version status health healthSince cpuPercent memoryBytes lastHeartbeatAt startedAt
      service { slug } cluster { slug } edgeNode { slug } } } }`,
    { filter },
  )
  return found.serviceInstances.nodes
}
export const slugs = async (client: TestClient, filter: object) =>
  (await instances(client, filter)).map(({ slug }) => slug)
