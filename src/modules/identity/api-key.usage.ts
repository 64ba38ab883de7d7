import type { Viewer } from '../../auth/viewer.ts'
import type { Clock } from '../../platform/clock.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Logger } from '../../platform/logger.ts'
import type { ApiKeyService } from './api-key.service.ts'

export type KeyUsage = {
  /** Counts one use: a request, or the opening of a WebSocket. Costs no write. */
  note(viewer: Viewer): void
  /** Writes what was counted; what can't be written is kept for the next time. Never throws. */
  flush(): Promise<void>
  /** Writes a last time and stops. */
  stop(): Promise<void>
}

// People look at "last used" to find keys that nobody needs: seconds don't matter, a write for each request
// does.
const FLUSH_MS = 5_000

type Uses = Map<string, { count: number; lastUsedAt: Date }>

/**
 * Counts the uses of keys in memory and writes them in batches, one statement a tenant. They are added to
 * what is stored, so several programs count together. A program that is killed loses what it counted in the
 * last seconds; one whose connection is lost between commit and answer counts those seconds twice.
 */
export const createKeyUsage = (deps: {
  apiKeys: Pick<ApiKeyService, 'addUsage'>
  clock: Clock
  log: Logger
  flushMs?: number
}): KeyUsage => {
  const { apiKeys, clock, log } = deps
  let counted = new Map<TenantId, Uses>()
  let writing: Promise<void> = Promise.resolve()

  const add = (tenant: TenantId, id: string, count: number, lastUsedAt: Date): void => {
    const uses = counted.get(tenant) ?? new Map<string, { count: number; lastUsedAt: Date }>()
    counted.set(tenant, uses)
    const known = uses.get(id)
    uses.set(id, {
      count: (known?.count ?? 0) + count,
      lastUsedAt: known && known.lastUsedAt > lastUsedAt ? known.lastUsedAt : lastUsedAt,
    })
  }

  const write = async (): Promise<void> => {
    const batch = counted
    counted = new Map()
    for (const [tenant, uses] of batch) {
      try {
        await apiKeys.addUsage(
          tenant,
          Array.from(uses, ([id, use]) => ({ id, ...use })),
        )
      } catch (error) {
        log.warn({ err: error, tenant }, 'the use of API keys could not be written, it is kept')
        for (const [id, { count, lastUsedAt }] of uses) add(tenant, id, count, lastUsedAt)
      }
    }
  }
  const flush = (): Promise<void> => (writing = writing.then(write))
  const timer = setInterval(() => void flush(), deps.flushMs ?? FLUSH_MS)

  return {
    note: (viewer) => {
      if (viewer.kind === 'apiKey') add(viewer.tenant, viewer.id, 1, new Date(clock.now()))
    },
    flush,
    stop: () => {
      clearInterval(timer)
      return flush()
    },
  }
}
