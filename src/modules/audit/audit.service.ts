import type { Actor } from '../../auth/actor.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Logger } from '../../platform/logger.ts'
import { underDeadline } from '../../platform/deadline.ts'
import type { AuditEntry } from './audit.append.ts'
import type { AuditRow, AuditStore } from './audit.store.ts'
import { chainOf } from './audit.platform.ts'
import { createRefusals, type RefusedEntry } from './audit.refusals.ts'
import { verifyChain, type Verdict } from './audit.verify.ts'

export type Refusal = Pick<AuditEntry, 'action' | 'resourceType' | 'resourceId'> & { readonly code: string }

const entryOf = (actor: Actor, { code, ...entry }: Refusal): RefusedEntry => ({
  ...entry,
  actor,
  code,
  outcome: code === 'FORBIDDEN' ? 'DENIED' : 'FAILED',
})

/** What is done with the audit log beside adding to it in the transactions of changes. */
export const createAuditService = ({ store, log }: { store: AuditStore; log?: Logger }) => {
  const refusals = createRefusals(async (chain, entry) => {
    try {
      // Under no deadline: that something took too long is written down when its time is over.
      await underDeadline(undefined, () => store.append(chain, entry))
    } catch (error) {
      const { action, code, actor } = entry
      log?.error({ err: error, action, code, requestId: actor.requestId }, 'an audit row was lost')
    }
  })

  return {
    /**
     * Records what was denied or failed; without a tenant in the platform's chain. Never throws: the caller has
     * an answer already, and a log that can't be written (its change did not happen either) must not change it.
     * Such a loss stands in the program's own log.
     */
    refused: (tenant: TenantId | undefined, actor: Actor, refusal: Refusal): Promise<void> =>
      refusals.add(chainOf(tenant), entryOf(actor, refusal)),

    /** The same for an answer that does not wait for it. */
    refusedLater: (tenant: TenantId | undefined, actor: Actor, refusal: Refusal): void =>
      refusals.addLater(chainOf(tenant), entryOf(actor, refusal)),

    /** Resolves when what was refused until now is written, or after so long; then the program's log says how much was lost. */
    drained: async (timeoutMs: number): Promise<void> => {
      const lost = await refusals.drained(timeoutMs)
      if (lost > 0) log?.error({ lost }, 'audit rows were lost: they were not written before the stop')
    },

    /** The newest rows of a chain, newest first. */
    latest: (tenant: TenantId, count: number): Promise<AuditRow[]> =>
      store.reads.page(tenant, { orderBy: { sequence: 'desc' }, take: count }),

    verify: (tenant: TenantId): Promise<Verdict> => store.readChain(tenant, verifyChain),
  }
}

export type AuditService = ReturnType<typeof createAuditService>
