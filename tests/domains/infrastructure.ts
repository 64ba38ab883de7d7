import { randomBytes } from 'node:crypto'
import { programActor } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import { encodeGlobalID } from '../../src/graphql/global-id.ts'
import { platformTenant, uuidv7 } from '../../src/platform/ids.ts'
import type { DomainFixture, World } from './fixture.ts'

/** Another tenant, with a cluster in which a tenant may do something. */
const neighbour = async (
  { modules, tenant }: Pick<World, 'modules' | 'tenant'>,
  slug: string,
  region: string,
): Promise<{ shared: string }> => {
  const other = await modules.tenants.service.create({ slug })
  const permit = trustedPermit<'infrastructure:write'>(other, programActor(slug))
  const { id: clusterId } = await modules.clusters.service.create(permit, {
    slug: `${slug}-cluster`,
    region,
  })
  const { slug: tenantSlug } = (await modules.tenants.reads.find(tenant))!
  const grants = trustedPermit<'clusterAccess:write'>(other, programActor(slug))
  const { id } = await modules.clusterAccesses.service.grant(grants, { clusterId, tenantSlug })
  return { shared: id }
}

export const infrastructure: DomainFixture = {
  nodes: {
    Cluster: 'clusters',
    EdgeNode: 'edge_nodes',
    BootstrapToken: 'bootstrap_tokens',
    ClusterAccess: 'cluster_accesses',
    SharedCluster: 'cluster_accesses',
  },

  rows: async ({ insert, common, cluster, word, at }) => {
    const token = { cluster_id: cluster, name: word, hash: randomBytes(32), created_by: word }
    await insert('bootstrap_tokens', { ...common(), ...token, expires_at: at })
    const told = { name: word, region: word, type: 'EDGE', health: 'STALE' }
    const between = { owner_slug: word, subscriber_id: platformTenant, subscriber_slug: word }
    await insert('cluster_accesses', { ...common(), cluster_id: cluster, ...between, ...told })
  },

  constraints: {
    edge_nodes_heard_check: {
      refused: [`UPDATE edge_nodes SET health = 'HEALTHY', last_heartbeat_at = NULL`],
      kept: [`UPDATE edge_nodes SET health = 'HEALTHY', last_heartbeat_at = now()`],
    },
    bootstrap_tokens_hash_check: {
      refused: [`UPDATE bootstrap_tokens SET hash = decode('00', 'hex')`],
      kept: [],
    },
    bootstrap_tokens_used_check: {
      refused: ['UPDATE bootstrap_tokens SET used_at = now()', `UPDATE bootstrap_tokens SET used_by = 'a'`],
      kept: [`UPDATE bootstrap_tokens SET used_at = now(), used_by = 'a'`],
    },
    cluster_accesses_subscriber_check: {
      refused: ['UPDATE cluster_accesses SET subscriber_id = tenant_id'],
      kept: [],
    },
    cluster_accesses_max_streams_check: {
      refused: ['UPDATE cluster_accesses SET max_streams = 0'],
      kept: ['UPDATE cluster_accesses SET max_streams = 1', 'UPDATE cluster_accesses SET max_streams = NULL'],
    },
    cluster_accesses_max_viewers_check: {
      refused: ['UPDATE cluster_accesses SET max_viewers = 0'],
      kept: [],
    },
    cluster_accesses_max_bandwidth_mbps_check: {
      refused: ['UPDATE cluster_accesses SET max_bandwidth_mbps = 0'],
      kept: [],
    },
    clusters_max_streams_check: {
      refused: ['UPDATE clusters SET max_streams = 0'],
      kept: ['UPDATE clusters SET max_streams = 1', 'UPDATE clusters SET max_streams = NULL'],
    },
    clusters_max_viewers_check: { refused: ['UPDATE clusters SET max_viewers = 0'], kept: [] },
    clusters_max_bandwidth_mbps_check: { refused: ['UPDATE clusters SET max_bandwidth_mbps = 0'], kept: [] },
  },

  facts: ({ word, viewers, streams }) => ({
    routing_events: streams.map((internal_name) => ({
      event_id: uuidv7(),
      time: new Date().toISOString(),
      internal_name,
      selected_node: `${word}-node-1`,
      status: `${word}-status`,
      details: `${word} details`,
      score: viewers,
      client_address: '203.0.113.7',
      client_country: 'NL',
      client_region: `${word}-region`,
      client_city: `${word}-city`,
      client_latitude: 52.37,
      client_longitude: 4.89,
      distance_km: 12.5,
      node_scores: {
        [`${word}-node-1`]: { score: viewers, reason: `${word} reason` },
        [`${word}-node-2`]: 1,
      },
      routing_metadata: { page: word },
    })),
  }),

  longest: {
    'Analytics.clustersNearLimits': 100,
    'ClusterUsage.limits': 3,
    'EdgeNodeViewers.streams': 1_000,
    'PlatformOverview.edgeNodesByHealth': 4,
    'RoutingEvent.scores': 100,
    'RoutingImpact.streams': 1_000,
    'RoutingImpact.takers': 100,
    'RoutingSeries.groups': 1_000,
    'RoutingSeries.points': 3_000,
  },

  inhabit: async ({ modules, permit, tenant, word }) => {
    await modules.edgeNodes.service.ensure(
      tenant,
      [`${word}-cluster`, `${word}-cluster-2`].map((slug) => ({
        slug,
        name: `${word} cluster`,
        type: 'CENTRAL' as const,
      })),
      [`${word}-node-1`, `${word}-node-2`].map((slug) => ({
        slug,
        cluster: `${word}-cluster`,
        name: `${word} node`,
        region: `${word}-region`,
      })),
    )
    const [node] = await modules.edgeNodes.reads.page(tenant, { take: 1 })
    const drained = { id: node!.id, mode: 'DRAINING', note: `${word} note` } as const
    await modules.edgeNodes.service.setMode(permit<'infrastructure:write'>(), drained)
    const [cluster] = await modules.clusters.reads.page(tenant, { take: 1 })
    const limited = { id: cluster!.id, maxViewers: 5 }
    await modules.clusters.service.update(permit<'infrastructure:write'>(), limited)
    await modules.bootstrapTokens.service.create(permit<'bootstrapToken:write'>(), {
      clusterId: cluster!.id,
      name: `${word} token`,
    })
    const customer = `${word}-customer`
    await modules.tenants.service.create({ slug: customer })
    const [first] = await modules.clusters.reads.page(tenant, { orderBy: { id: 'asc' }, take: 1 })
    await modules.clusterAccesses.service.grant(permit<'clusterAccess:write'>(), {
      clusterId: first!.id,
      tenantSlug: customer,
      maxViewers: 5,
    })
    await modules.tenants.service.create({ slug: `${word}-guest` }) // whom nothing was given yet
    await neighbour({ modules, tenant }, `${word}-neighbour`, `${word}-region`)
  },

  busy: async ({ modules, permit, tenant }, mark) => {
    const [node] = await modules.edgeNodes.reads.page(tenant, { take: 1 })
    await modules.edgeNodes.service.setMode(permit<'infrastructure:write'>(), {
      id: node!.id,
      mode: node!.mode === 'NORMAL' ? 'DRAINING' : 'NORMAL',
      note: mark,
    })
  },

  literals: ({ word, id }) => ({
    'Query.edgeNodes.first': '20',
    'Query.clusters.first': '5',
    'Subscription.edgeNodeChanged.after': '"0-0"',
    'Mutation.createCluster.input': `{ slug: "new-${word}", name: "New" }`,
    'Mutation.updateCluster.input': `{ id: ${id('Cluster')}, name: "Other" }`,
    'Mutation.deleteCluster.input': `{ id: ${id('Cluster')} }`,
    'Query.bootstrapTokens.first': '20',
    'Query.routingEvents.first': '20',
    'EdgeNode.routingEvents.first': '3',
    'Stream.routingEvents.first': '3',
    'EdgeNode.routing.range': '{ last: "PT10M" }',
    'EdgeNode.routing.step': '"PT5M"',
    'Analytics.routing.range': '{ last: "PT10M" }',
    'Analytics.routing.step': '"PT5M"',
    'RoutingSeries.groups.by': 'NODE',
    'Subscription.routingEvents.withStart': 'true',
    'Mutation.createBootstrapToken.input': `{ clusterId: ${id('Cluster')}, name: "New" }`,
    'Mutation.revokeBootstrapToken.input': `{ id: ${id('BootstrapToken')} }`,
    'Query.clusterAccesses.first': '20',
    'Cluster.accesses.first': '3',
    'Query.sharedClusters.first': '20',
    'Mutation.grantClusterAccess.input': `{ clusterId: ${id('Cluster')}, tenantSlug: "${word}-guest" }`,
    'Mutation.updateClusterAccess.input': `{ id: ${id('ClusterAccess')}, maxViewers: 7 }`,
    'Mutation.revokeClusterAccess.input': `{ id: ${id('ClusterAccess')} }`,
    'Mutation.leaveSharedCluster.input': `{ id: ${id('SharedCluster')} }`,
    'Mutation.registerEdgeNode.input': '{ token: "hb_none", slug: "new" }',
    'Mutation.updateEdgeNode.input': `{ id: ${id('EdgeNode')}, name: "Other" }`,
    'Mutation.setEdgeNodeMode.input': `{ id: ${id('EdgeNode')}, mode: DRAINING }`,
    'Mutation.deleteEdgeNode.input': `{ id: ${id('EdgeNode')} }`,
  }),

  audited: async (run, given) => {
    const { cluster } = await run('createCluster', { slug: 'c' })
    await run('updateCluster', { id: cluster!.id, maxViewers: 5 })
    const { shared } = await neighbour(given, 'neighbour', 'r')
    await run('leaveSharedCluster', { id: encodeGlobalID('SharedCluster', shared) })
    const lent = await run('grantClusterAccess', { clusterId: cluster!.id, tenantSlug: 'neighbour' })
    await run('updateClusterAccess', { id: lent.clusterAccess!.id, maxViewers: 5 })
    await run('revokeClusterAccess', { id: lent.clusterAccess!.id })
    const made = await run('createBootstrapToken', { clusterId: cluster!.id, name: 'T' })
    const { token } = made as unknown as { token: string }
    const { edgeNode } = await run('registerEdgeNode', { token, slug: 'n' })
    const spare = await run('createBootstrapToken', { clusterId: cluster!.id, name: 'Spare' })
    await run('revokeBootstrapToken', { id: spare.bootstrapToken!.id })
    await run('setEdgeNodeMode', { id: edgeNode!.id, mode: 'MAINTENANCE' })
    await run('updateEdgeNode', { id: edgeNode!.id, name: 'N' })
    await run('deleteEdgeNode', { id: edgeNode!.id })
    await run('deleteCluster', { id: cluster!.id })
  },
}
