import { Prisma } from '../../../generated/prisma/client.ts'
import type { ServicePlane } from '../../../generated/prisma/enums.ts'
import { actorLabel } from '../../auth/actor.ts'
import type { Permit } from '../../auth/permit.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { outboxEvent, type OutboxEvent } from '../../platform/outbox.ts'
import type { PrismaTransaction } from '../../platform/postgres/postgres.ts'
import { rowsOf } from '../../platform/postgres/rows.ts'
import type { Core } from '../core.ts'
import type { Gone } from './edge-node.store.ts'
import { serviceInstanceChangedTopic, type ServiceInstanceChange } from './service-instance.topics.ts'
import { markSilent } from './silence.store.ts'

export type ServiceInstanceRow = Prisma.ServiceInstanceGetPayload<object>
/** What a registration sets; what is told of a machine that is gone goes. */
export type Registered = Omit<
  ServiceInstanceRow,
  'tenantId' | 'plane' | 'createdAt' | 'updatedAt' | 'slugFolded' | 'versionFolded'
>
export type Moved = Partial<
  Pick<
    ServiceInstanceRow,
    'status' | 'health' | 'healthSince' | 'lastHeartbeatAt' | 'cpuPercent' | 'memoryBytes'
  >
>
type Writer = Permit<'serviceInstance:write'>
type Kind = ServiceInstanceChange['kind']

const audited = ({ slug, plane, host, port, version, status, health }: ServiceInstanceRow) => ({
  slug,
  plane,
  host,
  port,
  version,
  status,
  health,
})

/** An instance, and the slug of its node; its row is held until the transaction ends. */
const locked = async (tx: PrismaTransaction, tenantId: TenantId, slug: string) => {
  const [held] = await tx.$queryRaw<{ node: string | null }[]>`
    SELECT n.slug AS node FROM service_instances i
      LEFT JOIN edge_nodes n ON n.tenant_id = i.tenant_id AND n.id = i.edge_node_id
     WHERE i.tenant_id = ${tenantId}::uuid AND i.slug = ${slug} FOR NO KEY UPDATE OF i`
  const row = held && (await tx.serviceInstance.findFirst({ where: { tenantId, slug } }))
  return row ? { row, node: held.node } : null
}

/** The instance of that name, made if there is none; its row is held. */
const claimed = async (
  tx: PrismaTransaction,
  data: Prisma.ServiceInstanceCreateManyInput & { tenantId: TenantId },
): Promise<NonNullable<Awaited<ReturnType<typeof locked>>>> => {
  // Of two that register one name at once the second waits here for the first, and then finds it.
  await tx.serviceInstance.createMany({ data: [data], skipDuplicates: true })
  // None is there when it was deregistered in that moment.
  return (await locked(tx, data.tenantId, data.slug)) ?? claimed(tx, data)
}

/** What subscribers are told of an instance after a change. */
const told = (
  { actor }: Pick<Writer, 'actor'>,
  kind: Kind,
  before: Pick<ServiceInstanceRow, 'status' | 'health'>,
  { id: serviceInstanceId, slug, serviceId, clusterId, edgeNodeId, status, health }: ServiceInstanceRow,
  at: Date,
): OutboxEvent => {
  const id = uuidv7()
  const states = { statusBefore: before.status, status, healthBefore: before.health, health }
  const change = { kind, actor: actorLabel(actor), ...states, at: at.toISOString() }
  const whose = { serviceInstanceId, slug, serviceId, clusterId, edgeNodeId }
  return outboxEvent(serviceInstanceChangedTopic, id, { id, ...whose, ...change })
}

/** What a heartbeat changed: of status and health each, the status first. */
const toldOf = (
  permit: Writer,
  before: ServiceInstanceRow,
  row: ServiceInstanceRow,
  at: Date,
): OutboxEvent[] => [
  ...(row.status === before.status
    ? []
    : [told(permit, 'STATUS_CHANGED', before, { ...row, health: before.health }, at)]),
  ...(row.health === before.health
    ? []
    : [told(permit, 'HEALTH_CHANGED', { ...before, status: row.status }, row, at)]),
]

/** Only this file writes service instances. `node` is the slug of the edge node that one is on, null for none. */
export const createServiceInstanceStore = ({ postgres, changes }: Pick<Core, 'postgres' | 'changes'>) => ({
  reads: rowsOf(postgres, 'serviceInstance'),

  /**
   * Makes an instance, or gives the name of one that is there to what registers again: `assertFree` sees that one under
   * a lock and may throw. Null when its service is gone. Throws Prisma's P2003 when its cluster or node is.
   */
  register: (
    permit: Writer,
    data: Registered,
    assertFree: (held: ServiceInstanceRow, node: string | null) => void,
    at: Date,
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      // The plane that it takes over is the service's when this is committed.
      const [service] = await tx.$queryRaw<{ plane: ServicePlane }[]>`
        SELECT plane FROM services WHERE tenant_id = ${tenantId}::uuid AND id = ${data.serviceId}::uuid FOR SHARE`
      if (!service) return null
      const { id, ...fields } = { ...data, ...service }
      const held = await claimed(tx, { ...fields, id, tenantId })
      const isNew = held.row.id === id
      if (!isNew) assertFree(held.row, held.node)
      const where = { tenantId_id: { tenantId, id: held.row.id } }
      const result = isNew ? held.row : await tx.serviceInstance.update({ where, data: fields })
      const audit = {
        as: 'registerServiceInstance',
        of: ['ServiceInstance', result.id],
        after: audited(result),
      } as const
      return { result, audit, events: [told(permit, 'REGISTERED', held.row, result, at)] }
    }),

  /**
   * Takes a heartbeat: three statements, no row of the audit log, and an event only where status or health became
   * another. `after` sees the instance under a lock and may throw. Null when there is no such instance.
   */
  report: (
    permit: Writer,
    slug: string,
    after: (held: ServiceInstanceRow, node: string | null) => Moved,
    at: Date,
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const held = await locked(tx, tenantId, slug)
      if (!held) return null
      const where = { tenantId_id: { tenantId, id: held.row.id } }
      const result = await tx.serviceInstance.update({ where, data: after(held.row, held.node) })
      return { result, audit: null, events: toldOf(permit, held.row, result, at) }
    }),

  /** `assertOwn` sees it under a lock and may throw. Null when there is no such instance. */
  deregister: (
    permit: Writer,
    slug: string,
    assertOwn: (held: ServiceInstanceRow, node: string | null) => void,
    at: Date,
  ) =>
    changes(permit, async (tx) => {
      const tenantId = permit.tenant
      const held = await locked(tx, tenantId, slug)
      if (!held) return null
      const { row, node } = held
      assertOwn(row, node)
      await tx.serviceInstance.delete({ where: { tenantId_id: { tenantId, id: row.id } } })
      const before = audited(row)
      const audit = { as: 'deregisterServiceInstance', of: ['ServiceInstance', row.id], before } as const
      return { result: row, audit, events: [told(permit, 'DEREGISTERED', row, row, at)] }
    }),

  /** Deletes the instances on an edge node, in the transaction that deletes it. */
  leaveNode: async (
    tx: PrismaTransaction,
    { tenant: tenantId, actor }: Permit<'infrastructure:write'>,
    edgeNodeId: string,
    at: Date,
  ): Promise<Gone> => {
    const where = { tenantId, edgeNodeId }
    await tx.$queryRaw`
      SELECT 1 FROM service_instances WHERE tenant_id = ${tenantId}::uuid AND edge_node_id = ${edgeNodeId}::uuid
      ORDER BY id FOR UPDATE`
    const rows = await tx.serviceInstance.findMany({ where, orderBy: { slug: 'asc' } })
    if (rows.length > 0) await tx.serviceInstance.deleteMany({ where })
    return {
      serviceInstances: rows.map(({ slug }) => slug),
      events: rows.map((row) => told({ actor }, 'DEREGISTERED', row, row, at)),
    }
  },

  /** Tells of a tenant's instances that they are silent, of stopped ones not. Null when none is. */
  markSilent: (permit: Permit<'infrastructure:write'>, nowMs: number) =>
    changes(permit, (tx) =>
      markSilent<ServiceInstanceRow>(tx, permit.tenant, nowMs, {
        table: 'service_instances',
        expected: Prisma.sql`AND status <> 'STOPPED'`,
        find: (where) => tx.serviceInstance.findMany({ where: { ...where, status: { not: 'STOPPED' } } }),
        told: (before, row) => told(permit, 'HEALTH_CHANGED', before, row, row.healthSince),
      }),
    ),
})

export type ServiceInstanceStore = ReturnType<typeof createServiceInstanceStore>
