import { Prisma } from '../../../generated/prisma/client.ts'
import type { ClusterType, EdgeNodeMode } from '../../../generated/prisma/enums.ts'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import { follow } from '../../ingest/follow.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { outboxEvent, type OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import { updateRows, type Columns } from '../../platform/postgres/update-rows.ts'
import { changed } from '../audit/audit.append.ts'
import type { Change } from '../audit/audit.change.ts'
import type { Core } from '../core.ts'
import { afterHeartbeat, type Heartbeat } from './edge-node.rules.ts'
import { edgeNodeChangedTopic, type EdgeNodeChange } from './edge-node.topics.ts'
import { markSilent } from './silence.store.ts'

export type ClusterFacts = { slug: string; name: string; type?: ClusterType }
export type EdgeNodeRow = Prisma.EdgeNodeGetPayload<object>
export type EdgeNodeFields = Partial<
  Pick<
    EdgeNodeRow,
    | 'name'
    | 'region'
    | 'zone'
    | 'latitude'
    | 'longitude'
    | 'cpuCores'
    | 'memoryGb'
    | 'diskGb'
    | 'addresses'
    | 'tags'
  >
>
export type EdgeNodeFacts = Omit<EdgeNodeFields, 'name' | 'region'> & {
  readonly slug: string
  readonly name: string
  readonly region: string
  /** The slug of its cluster. */
  readonly cluster: string
}
type Writer = Permit<'infrastructure:write'>
/** What goes with a node that is deleted: the slugs of its service instances, and what is told of them. */
export type Gone = { readonly serviceInstances: readonly string[]; readonly events: readonly OutboxEvent[] }

/** What heartbeats move. */
const vitals: Columns<EdgeNodeRow> = [
  ['healthScore', 'health_score', 'integer'],
  ['isHealthy', 'is_healthy', 'boolean'],
  ['lastHeartbeatAt', 'last_heartbeat_at', 'timestamptz'],
  ['health', 'health', 'edge_node_health'],
  ['healthSince', 'health_since', 'timestamptz'],
]

const audited = ({ name, region, zone, latitude, longitude, ...rest }: EdgeNodeRow) => {
  const { cpuCores, memoryGb, diskGb, addresses, tags } = rest
  return { name, region, zone, latitude, longitude, cpuCores, memoryGb, diskGb, addresses, tags }
}

/** A node; its row is held until the transaction ends. */
const locked = async (tx: PrismaTransaction, tenantId: TenantId, id: string) => {
  await tx.$queryRaw`SELECT 1 FROM edge_nodes WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`
  return tx.edgeNode.findFirst({ where: { tenantId, id } })
}

/** What subscribers are told of a node after a change. */
const told = (
  { actor }: Pick<Writer, 'actor'>,
  kind: EdgeNodeChange['kind'],
  before: Pick<EdgeNodeRow, 'health' | 'mode'>,
  { id: edgeNodeId, slug, clusterId, health, mode }: EdgeNodeRow,
  at: Date,
  note: string | null = null,
): OutboxEvent => {
  const id = uuidv7()
  const states = { healthBefore: before.health, health, modeBefore: before.mode, mode }
  const change = { kind, actor: actorLabel(actor), ...states, note, at: at.toISOString() }
  return outboxEvent(edgeNodeChangedTopic, id, { id, edgeNodeId, slug, clusterId, ...change })
}

/** Only this file writes edge nodes. */
export const createEdgeNodeStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'edgeNode'),

  /** Makes the clusters and nodes whose names are free. It is nobody's act: subscribers are told nothing. */
  ensure: (
    tenant: TenantId,
    clusters: readonly ClusterFacts[],
    nodes: readonly EdgeNodeFacts[],
  ): Promise<void> =>
    postgres.forTenant(tenant).$transaction(async (tx) => {
      await tx.cluster.createMany({
        data: clusters.map((cluster) => ({ ...cluster, id: uuidv7(), tenantId: tenant })),
        skipDuplicates: true,
      })
      const rows = await tx.cluster.findMany({
        where: { tenantId: tenant },
        select: { id: true, slug: true },
      })
      const ids = new Map(rows.map(({ id, slug }) => [slug, id]))
      await tx.edgeNode.createMany({
        data: nodes.map(({ cluster, ...node }) => ({
          ...node,
          id: uuidv7(),
          tenantId: tenant,
          clusterId: ids.get(cluster)!,
        })),
        skipDuplicates: true,
      })
    }),

  /**
   * Makes a node, or takes what one says that is there and registers again. 'elsewhere' when another cluster
   * has a node of that slug.
   */
  register: async (
    tx: PrismaTransaction,
    permit: Writer,
    { slug, clusterId, ...fields }: EdgeNodeFields & { slug: string; clusterId: string },
    at: Date,
  ): Promise<'elsewhere' | Change<EdgeNodeRow>> => {
    const tenantId = permit.tenant
    // Two that register one slug at once follow each other, and the second finds what the first made.
    await tx.$queryRaw`SELECT 1 FROM clusters WHERE tenant_id = ${tenantId}::uuid ORDER BY id FOR NO KEY UPDATE`
    const found = await tx.edgeNode.findFirst({ where: { tenantId, slug } })
    if (found && found.clusterId !== clusterId) return 'elsewhere'
    const result = found
      ? await tx.edgeNode.update({ where: { tenantId_id: { tenantId, id: found.id } }, data: fields })
      : await tx.edgeNode.create({
          data: {
            id: uuidv7(at.getTime()),
            tenantId,
            slug,
            clusterId,
            name: slug,
            ...fields,
            healthSince: at,
          },
        })
    const after = { slug, ...audited(result) }
    const audit = { as: 'registerEdgeNode', of: ['EdgeNode', result.id], after } as const
    return { result, audit, events: [told(permit, 'REGISTERED', found ?? result, result, at)] }
  },

  /** Null when there is no such node. What is given and differs is changed and told. */
  update: (permit: Writer, id: string, data: EdgeNodeFields, at: Date) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await locked(tx, tenantId, id)
      if (!found) return null
      const result = await tx.edgeNode.update({ where: { tenantId_id: { tenantId, id } }, data })
      const fields = changed(audited(found), audited(result))
      const differs = Object.keys(fields.after).length > 0
      const events = differs ? [told(permit, 'UPDATED', found, result, at)] : []
      return { result, audit: { as: 'updateEdgeNode', of: ['EdgeNode', id], ...fields }, events }
    }),

  /** Null when there is no such node. The mode that it has already is told to nobody. */
  setMode: (permit: Writer, id: string, mode: EdgeNodeMode, note: string | null, at: Date) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await locked(tx, tenantId, id)
      if (!found) return null
      const result = await tx.edgeNode.update({ where: { tenantId_id: { tenantId, id } }, data: { mode } })
      const fields = { before: { mode: found.mode }, after: { mode, note } }
      const events = mode === found.mode ? [] : [told(permit, 'MODE_CHANGED', found, result, at, note)]
      return { result, audit: { as: 'setEdgeNodeMode', of: ['EdgeNode', id], ...fields }, events }
    }),

  /**
   * Its facts stay. `leave` sees it under a lock, may throw, and answers what goes with the node. Null when there is
   * no such node.
   */
  remove: (
    permit: Writer,
    id: string,
    leave: (tx: PrismaTransaction, found: EdgeNodeRow) => Promise<Gone>,
    at: Date,
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const found = await locked(tx, tenantId, id)
      if (!found) return null
      const { serviceInstances, events } = await leave(tx, found)
      await tx.edgeNode.delete({ where: { tenantId_id: { tenantId, id } } })
      const before = { slug: found.slug, mode: found.mode, ...audited(found), serviceInstances }
      const audit = { as: 'deleteEdgeNode', of: ['EdgeNode', id], before } as const
      return { result: found, audit, events: [...events, told(permit, 'DELETED', found, found, at)] }
    }),

  /** What heartbeats make of the nodes that they name, however many, by three statements. */
  follow: (permit: Writer, facts: ReadonlyMap<string, readonly Heartbeat[]>, nowMs: number) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const slugs = [...facts.keys()]
      await tx.$queryRaw`
        SELECT 1 FROM edge_nodes WHERE tenant_id = ${tenantId}::uuid AND slug = ANY(${slugs})
        ORDER BY id FOR NO KEY UPDATE`
      const found = await tx.edgeNode.findMany({ where: { tenantId, slug: { in: slugs } } })
      const factsOf = ({ slug }: EdgeNodeRow) => facts.get(slug) ?? []
      const { moved, steps } = follow(found, factsOf, afterHeartbeat(nowMs))
      await updateRows(tx, tenantId, 'edge_nodes', vitals, moved)
      const events = steps
        .filter(({ before, row }) => before.health !== row.health)
        .map(({ before, row }) => told(permit, 'HEALTH_CHANGED', before, row, row.healthSince))
      return { result: moved.length, audit: null, events }
    }),

  /** Tells of a tenant's nodes that they are silent. Null when none is. */
  markSilent: (permit: Writer, nowMs: number) =>
    changes(permit, (tx) =>
      markSilent<EdgeNodeRow>(tx, permit.tenant, nowMs, {
        table: 'edge_nodes',
        expected: Prisma.empty,
        find: (where) => tx.edgeNode.findMany({ where }),
        told: (before, row) => told(permit, 'HEALTH_CHANGED', before, row, row.healthSince),
      }),
    ),
})

export type EdgeNodeStore = ReturnType<typeof createEdgeNodeStore>
