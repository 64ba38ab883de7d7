import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { freshness } from '../../platform/freshness.ts'
import { uuidv7 } from '../../platform/ids.ts'
import { isReferenceViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import type { ClusterStore } from './cluster.store.ts'
import type { EdgeNodeRow, EdgeNodeStore } from './edge-node.store.ts'
import {
  afterHeartbeat,
  heartbeat,
  isFree,
  newInstance,
  type Heartbeat,
  type NewInstance,
} from './service-instance.rules.ts'
import type { ServiceInstanceRow, ServiceInstanceStore } from './service-instance.store.ts'
import { serviceSlug } from './service.rules.ts'
import type { ServiceStore } from './service.store.ts'

type Writes = Permit<'serviceInstance:write'>
/** Slug of the one edge node that a key is for; undefined for who may write of all. */
type HeldTo = string | undefined

const none = () =>
  new NotFoundError('There is no service instance of this name. Register it with registerServiceInstance.', [
    'slug',
  ])
const noService = (name: string) =>
  new NotFoundError(`There is no service "${name}". Create it with createService.`, ['service'])
const notOwn = (field: string) =>
  new ForbiddenError('This key is for another edge node, and writes only of what runs on that one.', [field])
const taken = (slug: string) =>
  new ConflictError(
    `An instance "${slug}" is running in another place. Choose another name, or stop or deregister that one first: without a heartbeat its name is free after 60 seconds.`,
    ['slug'],
  )
const within =
  (heldTo: HeldTo, field = 'slug') =>
  (_held: ServiceInstanceRow, node: string | null): void => {
    if (heldTo !== undefined && node !== heldTo) throw notOwn(field)
  }

/** Rules of service instances: they register, tell how they are, and leave. */
export const createServiceInstanceService = (deps: {
  readonly store: ServiceInstanceStore
  readonly services: Pick<ServiceStore, 'reads'>
  readonly clusters: Pick<ClusterStore, 'reads'>
  readonly nodes: Pick<EdgeNodeStore, 'reads'>
  readonly clock: Clock
}) => {
  const { store, services, clusters, nodes, clock } = deps
  const now = (): Date => new Date(clock.now())

  /** The node that an instance is on, and its cluster: that of the node, which is the one that is named if any is. */
  const placeOf = async (
    { tenant }: Writes,
    { cluster, edgeNode }: Pick<NewInstance, 'cluster' | 'edgeNode'>,
    heldTo: HeldTo,
  ): Promise<{ clusterId: string; node: EdgeNodeRow | null }> => {
    const [named, node] = await Promise.all([
      cluster == null ? null : clusters.reads.find(tenant, { slug: cluster }),
      edgeNode == null && heldTo === undefined
        ? null
        : nodes.reads.find(tenant, { slug: edgeNode ?? heldTo! }),
    ])
    if (cluster != null && !named) throw new NotFoundError(`There is no cluster "${cluster}".`, ['cluster'])
    if (edgeNode != null && !node)
      throw new NotFoundError(`There is no edge node "${edgeNode}".`, ['edgeNode'])
    if (heldTo !== undefined && node?.slug !== heldTo) throw notOwn('edgeNode')
    if (node && named && node.clusterId !== named.id)
      throw new ValidationError(
        `cluster: the edge node "${node.slug}" is in another one; leave the field out.`,
        ['cluster'],
      )
    const clusterId = node?.clusterId ?? named?.id
    if (clusterId === undefined)
      throw new ValidationError('cluster: name the cluster, or the edge node that the instance is on.', [
        'cluster',
      ])
    return { clusterId, node }
  }

  const register = async (
    permit: Writes,
    input: NewInstance,
    heldTo?: string,
  ): Promise<ServiceInstanceRow> => {
    const { slug, service: name, cluster, edgeNode, ...rest } = validate(newInstance, input)
    const service = await services.reads.find(permit.tenant, { slug: name })
    if (!service) throw noService(name)
    const { clusterId, node } = await placeOf(permit, { cluster, edgeNode }, heldTo)
    const at = now()
    if (rest.startedAt && rest.startedAt.getTime() > at.getTime() + freshness.maxAheadMs)
      throw new ValidationError(
        'startedAt: a time that has come is expected; look at the clock of the machine.',
        ['startedAt'],
      )
    const place = {
      serviceId: service.id,
      clusterId,
      edgeNodeId: node?.id ?? null,
      host: rest.host ?? null,
      port: rest.port ?? service.defaultPort,
    }
    const told = { status: rest.status ?? 'STARTING', health: rest.health ?? 'HEALTHY' } as const
    const row = {
      ...place,
      ...told,
      id: uuidv7(at.getTime()),
      slug,
      version: rest.version ?? '',
      healthSince: at,
      lastHeartbeatAt: at,
      startedAt: rest.startedAt ?? at,
      cpuPercent: null,
      memoryBytes: null,
    }
    const assertFree = (held: ServiceInstanceRow, on: string | null): void => {
      if ((heldTo !== undefined && on !== heldTo) || !isFree(held, place, at.getTime())) throw taken(slug)
    }
    const registered = await store.register(permit, row, assertFree, at)
    if (!registered) throw noService(name)
    return registered
  }

  return {
    /**
     * An instance that registers again from the same place is the same one, started anew. With `heldTo` it is on that
     * edge node. Throws ValidationError, NotFoundError (service, cluster, edge node), ForbiddenError (another node),
     * ConflictError (the name is in use elsewhere).
     */
    register: async (permit: Writes, input: NewInstance, heldTo?: string): Promise<ServiceInstanceRow> => {
      try {
        return await register(permit, input, heldTo)
      } catch (error) {
        if (!isReferenceViolation(error)) throw error
        throw new NotFoundError('Its cluster or edge node was deleted just now.', [
          input.edgeNode == null ? 'cluster' : 'edgeNode',
        ])
      }
    },

    /** Throws ValidationError, NotFoundError, ForbiddenError (it is on another node than `heldTo`). */
    report: async (permit: Writes, input: Heartbeat, heldTo?: string): Promise<ServiceInstanceRow> => {
      const { slug, cpuPercent = null, memoryBytes = null, ...told } = validate(heartbeat, input)
      const at = now()
      const after = (held: ServiceInstanceRow, node: string | null) => {
        within(heldTo)(held, node)
        return { ...afterHeartbeat(held, told, at), cpuPercent, memoryBytes }
      }
      const reported = await store.report(permit, slug, after, at)
      if (!reported) throw none()
      return reported
    },

    /** Throws ValidationError, NotFoundError, ForbiddenError (it is on another node than `heldTo`). */
    deregister: async (
      permit: Writes,
      input: { slug: string },
      heldTo?: string,
    ): Promise<ServiceInstanceRow> => {
      const slug = validate(serviceSlug, input.slug)
      const gone = await store.deregister(permit, slug, within(heldTo), now())
      if (!gone) throw none()
      return gone
    },

    /** Tells of those instances of a tenant that have fallen silent. Safe to run in many programs at once. */
    tellSilent: (permit: Permit<'infrastructure:write'>) => store.markSilent(permit, clock.now()),
  }
}
