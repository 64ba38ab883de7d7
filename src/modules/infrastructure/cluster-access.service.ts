import type { Permit } from '../../auth/permit.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7, type TenantId } from '../../platform/ids.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, LimitError, NotFoundError, ValidationError } from '../../platform/problems.ts'
import { given, validate } from '../../platform/validate.ts'
import {
  accessChange,
  MAX_ACCESSES,
  newAccess,
  type AccessChange,
  type NewAccess,
} from './cluster-access.rules.ts'
import type { ClusterAccessRow, ClusterAccessStore } from './cluster-access.store.ts'

type Writes = Permit<'clusterAccess:write'>

const found = async (work: Promise<ClusterAccessRow | null>, what: string): Promise<ClusterAccessRow> => {
  const access = await work
  if (!access) throw new NotFoundError(`There is no ${what} with this id.`, ['id'])
  return access
}

/** Rules of who may use whose clusters. */
export const createClusterAccessService = (deps: {
  store: ClusterAccessStore
  /** The tenant of a slug; undefined where there is none. */
  tenantOfSlug: (slug: string) => Promise<TenantId | undefined>
  clock: Clock
}) => {
  const { store, tenantOfSlug, clock } = deps
  const assertAhead = (expiresAt: Date | null | undefined): void => {
    if (expiresAt && expiresAt.getTime() <= clock.now())
      throw new ValidationError(
        'expiresAt: a time in the future is expected. What is to end now is revoked with revokeClusterAccess.',
        ['expiresAt'],
      )
  }
  return {
    /**
     * Throws ValidationError, NotFoundError (the cluster or the tenant), ConflictError (it has access already),
     * LimitError.
     */
    grant: async (permit: Writes, input: NewAccess): Promise<ClusterAccessRow> => {
      const { clusterId, tenantSlug, ...terms } = validate(newAccess, input)
      assertAhead(terms.expiresAt)
      const subscriberId = await tenantOfSlug(tenantSlug)
      if (!subscriberId)
        throw new NotFoundError(
          'There is no tenant with this slug. Its members find their own in the field tenant.slug.',
          ['tenantSlug'],
        )
      if (subscriberId === permit.tenant)
        throw new ValidationError('tenantSlug: this tenant owns the cluster. Name another one.', [
          'tenantSlug',
        ])
      const createdAt = new Date(clock.now())
      const row = { id: uuidv7(), clusterId, subscriberId, subscriberSlug: tenantSlug, createdAt }
      try {
        const made = await store.grant(permit, { ...row, ...given(terms) }, MAX_ACCESSES)
        if (!made) throw new NotFoundError('There is no cluster with this id.', ['clusterId'])
        if (made === 'full')
          throw new LimitError(
            `A cluster is shared with ${MAX_ACCESSES} tenants at most. Revoke access that nobody needs.`,
            ['clusterId'],
          )
        return made
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
        throw new ConflictError(
          'This tenant was given access to the cluster before. Change it with updateClusterAccess.',
          ['tenantSlug'],
        )
      }
    },

    /** Changes what is given; null clears a limit or the end. Throws ValidationError, NotFoundError. */
    update: (permit: Writes, { id, ...input }: AccessChange & { id: string }): Promise<ClusterAccessRow> => {
      const change = validate(accessChange, input)
      assertAhead(change.expiresAt)
      return found(store.update(permit, id, change as Partial<ClusterAccessRow>), 'cluster access')
    },

    /** Throws NotFoundError. */
    revoke: (permit: Writes, id: string): Promise<ClusterAccessRow> =>
      found(store.revoke(permit, id), 'cluster access'),

    /** By the subscriber. Throws NotFoundError. */
    leave: (permit: Writes, id: string): Promise<ClusterAccessRow> =>
      found(store.leave(permit, id, new Date(clock.now())), 'shared cluster'),
  }
}
