import type { Core } from '../core.ts'
import { createProductBreakdownQueries } from './product-breakdown.queries.ts'
import './product-breakdown.schema.ts'
import { createProductEventQueries } from './product-events.queries.ts'
import { productEventsLive } from './product-events.live.ts'
import './product-events.schema.ts'
import './product-events.live.schema.ts'
import { createProductFunnelQueries } from './product-funnel.queries.ts'
import './product-funnel.schema.ts'
import { createProductRateQueries } from './product-rates.queries.ts'
import { productRatesLive } from './product-rates.live.ts'
import './product-rates.live.schema.ts'
import { createLiveProductRates } from './product-rates.ts'
import { createProductRetentionQueries } from './product-retention.queries.ts'
import './product-retention.schema.ts'
import { createProductSeriesQueries } from './product-series.queries.ts'
import './product-series.schema.ts'

/** What people do in the tenant's own products. */
export const createProduct = (core: Core) => ({
  productEvents: {
    queries: {
      ...createProductEventQueries(core),
      ...createProductSeriesQueries(core),
      ...createProductBreakdownQueries(core),
      ...createProductFunnelQueries(core),
      ...createProductRetentionQueries(core),
    },
    live: createLiveProductRates(core, createProductRateQueries(core)),
  },
})

export const productLives = [productEventsLive, productRatesLive]
