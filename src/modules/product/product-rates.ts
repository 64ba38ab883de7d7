import { createLiveState, type WatchOptions } from '../../platform/bus/live-state.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Core } from '../core.ts'
import { createProductRates, productRatesView } from './product-rates.count.ts'
import type { ProductRateQueries } from './product-rates.queries.ts'
import { productEventsTopic } from './product-rates.topics.ts'

/** How many product events a second there are, as values that follow. */
export const createLiveProductRates = (core: Core, { lastMinute }: ProductRateQueries) => {
  const state = createLiveState({
    ...core,
    topic: productEventsTopic,
    snapshot: lastMinute,
    fold: createProductRates,
    // A question to ClickHouse for each tenant that somebody watches.
    reloadEveryMs: 1_000,
  })
  return {
    /** Of all projects, or of one: its UUID. */
    rates: (tenant: TenantId, project: string | undefined, options?: WatchOptions) =>
      state.watch(tenant, productRatesView(project), options),
    open: state.open,
    close: state.close,
  }
}
