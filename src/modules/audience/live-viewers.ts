import { shuttingDown } from '../../platform/errors.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { StreamViewers } from './live-viewers.count.ts'
import { createTenantState, type TenantStateDeps, type TenantViewers } from './live-viewers.tenant.ts'

export type WatchOptions = {
  readonly signal?: AbortSignal | undefined
  /** At most so many values a second; the newest wins. */
  readonly maxPerSecond?: number | undefined
}

type Values<T> = AsyncIterableIterator<T, undefined>

export type LiveViewers = {
  /**
   * The current value, then every changed one; a slow reader skips to the newest. A stream that nobody knows has 0.
   * Rejects with what the snapshot failed with (STORE_UNAVAILABLE), never with an empty value.
   */
  streamViewers(
    tenant: TenantId,
    internalName: string,
    options?: WatchOptions,
  ): Promise<Values<StreamViewers>>
  tenantViewers(tenant: TenantId, options?: WatchOptions): Promise<Values<TenantViewers>>
  /** Tenants that are held in memory, for metrics and tests. */
  openTenants(): number
  /** Gives up all topics and timers, ends all readers, and refuses new ones with SHUTTING_DOWN. */
  close(): void
}

export type LiveViewersDeps = TenantStateDeps & {
  /** How long a tenant stays in memory after its last subscriber, in milliseconds; 5,000, for reloads and reconnects. */
  readonly lingerMs?: number
}

type TenantState = ReturnType<typeof createTenantState>
type Held = { readonly state: TenantState; users: number; timer?: NodeJS.Timeout | undefined }

/** One map of latest samples per tenant with subscribers, shared by all of them and counted once per change. */
export const createLiveViewers = (deps: LiveViewersDeps): LiveViewers => {
  const { lingerMs = 5_000 } = deps
  const tenants = new Map<TenantId, Held>()
  let closed = false

  const drop = (tenant: TenantId, held: Held): void => {
    clearTimeout(held.timer)
    if (tenants.get(tenant) === held) tenants.delete(tenant)
    held.state.close()
  }
  const hold = async (tenant: TenantId): Promise<{ state: TenantState; release: () => void }> => {
    if (closed) throw shuttingDown()
    let held = tenants.get(tenant)
    if (!held) tenants.set(tenant, (held = { state: createTenantState(tenant, deps), users: 0 }))
    const mine = held
    clearTimeout(mine.timer)
    mine.users++
    try {
      await mine.state.ready
    } catch (error) {
      drop(tenant, mine) // the next subscriber tries again
      throw error
    }
    const release = (): void => {
      if (--mine.users === 0) mine.timer = setTimeout(() => drop(tenant, mine), lingerMs).unref()
    }
    return { state: mine.state, release }
  }

  return {
    streamViewers: async (tenant, internalName, options = {}) => {
      const { state, release } = await hold(tenant)
      return state.watchStream(internalName, { ...options, onClose: release })
    },
    tenantViewers: async (tenant, options = {}) => {
      const { state, release } = await hold(tenant)
      return state.watchTenant({ ...options, onClose: release })
    },
    openTenants: () => tenants.size,
    close: () => {
      closed = true
      for (const [tenant, held] of tenants) drop(tenant, held)
    },
  }
}
