import { projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { stateField } from '../../graphql/live.ts'
import { MAX_RATES, type ProductRate, type ProductRates } from './product-rates.count.ts'

const perSecond = 'Average number of events a second in the last ten whole seconds.'
const lastMinute = 'Number of events in the last sixty whole seconds.'

const TypeRate = builder.objectRef<ProductRate>('ProductEventTypeRate').implement({
  description: 'How often a type of product event happens now.',
  fields: (t) => ({
    eventType: t.exposeString('eventType', { description: 'Type, such as page_view.' }),
    perSecond: t.exposeFloat('perSecond', { description: perSecond }),
    lastMinute: t.expose('lastMinute', { type: 'BigInt', description: lastMinute }),
  }),
})

const Rates = builder.objectRef<ProductRates>('ProductEventRates').implement({
  description: 'How often product events happen now.',
  fields: (t) => ({
    perSecond: t.exposeFloat('perSecond', { description: perSecond }),
    lastMinute: t.expose('lastMinute', { type: 'BigInt', description: lastMinute }),
    types: t.field({
      type: [TypeRate],
      description: `The same by type, most events first: the ${MAX_RATES} with the most.`,
      extensions: { cost: { small: true, items: MAX_RATES } },
      resolve: ({ types }) => [...types],
    }),
    at: t.expose('at', { type: 'DateTime', description: 'Time of the count.' }),
  }),
})

stateField('productEventRates', {
  action: 'product:read',
  type: Rates,
  description: 'Product events a second',
  watch: (context, rate) =>
    context.modules.productEvents.live.rates(tenantOf(context), projectOf(context.viewer), rate),
})
