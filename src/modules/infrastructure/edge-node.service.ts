import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import { ConflictError, NotFoundError } from '../../platform/problems.ts'
import { validate } from '../../platform/validate.ts'
import type { ApiKeyService } from '../identity/api-key.service.ts'
import {
  modeChange,
  nodeChange,
  type Heartbeat,
  type ModeChange,
  type NodeChange,
} from './edge-node.rules.ts'
import type {
  ClusterFacts,
  EdgeNodeFacts,
  EdgeNodeFields,
  EdgeNodeRow,
  EdgeNodeStore,
} from './edge-node.store.ts'
import type { ServiceInstanceStore } from './service-instance.store.ts'

type Writes = Permit<'infrastructure:write'>

const found = async (work: Promise<EdgeNodeRow | null>): Promise<EdgeNodeRow> => {
  const node = await work
  if (!node) throw new NotFoundError('There is no edge node with this id. It may have been deleted.', ['id'])
  return node
}

/** A node that is heard would go on sending, and nobody would see it. */
const assertOutOfUse = ({ health, mode }: EdgeNodeRow): void => {
  if (health !== 'STALE' && mode !== 'MAINTENANCE')
    throw new ConflictError(
      'This edge node is in use. Set its mode to MAINTENANCE first, or stop it: it is STALE after 60 seconds of silence.',
      ['id'],
    )
}

/** Rules of edge nodes: operators set their modes, and what they send of themselves moves their health. */
export const createEdgeNodeService = (deps: {
  store: EdgeNodeStore
  keys: Pick<ApiKeyService, 'endOfNode'>
  /** What runs on nodes. */
  instances: Pick<ServiceInstanceStore, 'leaveNode'>
  clock: Clock
}) => {
  const { store, keys, instances, clock } = deps
  const now = (): Date => new Date(clock.now())
  return {
    /** Makes the clusters and nodes that are missing; those that are there stay as they are. */
    ensure: (
      tenant: TenantId,
      clusters: readonly ClusterFacts[],
      nodes: readonly EdgeNodeFacts[],
    ): Promise<void> => store.ensure(tenant, clusters, nodes),

    /** Changes what is given; null clears what can be empty. Throws ValidationError, NotFoundError. */
    update: (permit: Writes, { id, ...input }: NodeChange & { id: string }): Promise<EdgeNodeRow> =>
      found(store.update(permit, id, validate(nodeChange, input) as EdgeNodeFields, now())),

    /** Throws ValidationError, NotFoundError. */
    setMode: (permit: Writes, { id, ...input }: ModeChange & { id: string }): Promise<EdgeNodeRow> => {
      const { mode, note } = validate(modeChange, input)
      return found(store.setMode(permit, id, mode, note ?? null, now()))
    },

    /**
     * Its keys end, and the service instances on it are gone with it. Throws NotFoundError, ConflictError (it is in
     * use).
     */
    remove: (permit: Writes, id: string): Promise<EdgeNodeRow> => {
      const at = now()
      const leave: Parameters<EdgeNodeStore['remove']>[2] = async (tx, node) => {
        assertOutOfUse(node)
        await keys.endOfNode(tx, permit.tenant, node.slug)
        return instances.leaveNode(tx, permit, node.id, at)
      }
      return found(store.remove(permit, id, leave, at))
    },

    /** What nodes sent of themselves, by their slugs. Those that nobody has made are left out. */
    follow: (permit: Writes, facts: ReadonlyMap<string, readonly Heartbeat[]>) =>
      store.follow(permit, facts, clock.now()),

    /** Tells of those nodes of a tenant that have fallen silent. Safe to run in many programs at once. */
    tellSilent: (permit: Writes) => store.markSilent(permit, clock.now()),
  }
}

export type EdgeNodeService = ReturnType<typeof createEdgeNodeService>
