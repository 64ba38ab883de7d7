import type { Actor } from '../../auth/actor.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Logger } from '../../platform/logger.ts'
import type { AuditEntry } from './audit.append.ts'
import type { AuditRow, AuditStore } from './audit.store.ts'
import { chainOf } from './audit.platform.ts'
import { verifyChain, type Verdict } from './audit.verify.ts'

export type Refusal = Pick<AuditEntry, 'action' | 'resourceType' | 'resourceId'> & { readonly code: string }

/** What is done with the audit log beside adding to it in the transactions of changes. */
export const createAuditService = ({ store, log }: { store: AuditStore; log?: Logger }) => ({
  /**
   * Records what was denied or failed; without a tenant in the platform's chain. Never throws: the caller has
   * an answer already, and a log that can't be written (its change did not happen either) must not change it.
   * Such a loss stands in the program's own log.
   */
  refused: async (tenant: TenantId | undefined, actor: Actor, { code, ...entry }: Refusal): Promise<void> => {
    const outcome = code === 'FORBIDDEN' ? 'DENIED' : 'FAILED'
    try {
      await store.append(chainOf(tenant), { ...entry, actor, code, outcome })
    } catch (error) {
      log?.error(
        { err: error, action: entry.action, code, requestId: actor.requestId },
        'an audit row was lost',
      )
    }
  },

  /** The newest rows of a chain, newest first. */
  latest: (tenant: TenantId, count: number): Promise<AuditRow[]> =>
    store.reads.page(tenant, { orderBy: { sequence: 'desc' }, take: count }),

  verify: (tenant: TenantId): Promise<Verdict> => store.readChain(tenant, verifyChain),
})

export type AuditService = ReturnType<typeof createAuditService>
