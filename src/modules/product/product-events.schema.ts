import { projectOf } from '../../auth/viewer.ts'
import { builder } from '../../graphql/builder.ts'
import { clockOf, type Context } from '../../graphql/context.ts'
import { defineFactList } from '../../graphql/fact-list.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { TimeRangeInput } from '../../graphql/series.ts'
import type { Clock } from '../../platform/clock.ts'
import { resolveRange } from '../../platform/time-range.ts'
import { requireZone } from '../../platform/time-zone.ts'
import type { ProductEvent } from './product-events.queries.ts'
import type { ProductAsk } from './product-filter.queries.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { charactersOf } from '../../ingest/dataset.ts'
import { productEvents } from './product-events.dataset.ts'

export const ProductEventFilter = defineFilter(
  'ProductEvent',
  {
    eventType: is.text('Type of the event.'),
    userId: is.text('User, as the product names them.'),
    sessionId: is.text('Session, as the product names it.'),
  },
  'product events',
)

/** The filter argument of every question about product events. */
export const filterArgs = builder.args((t) => ({
  filter: t.field({ type: ProductEventFilter.type, description: 'Conditions on the events.' }),
}))
/** The window of the questions that are no series. */
export const rangeArgs = builder.args((t) => ({
  range: t.field({ type: TimeRangeInput, description: 'Window of the events (default: the last 24 hours).' }),
}))

type EventArgs = {
  readonly filter?: object | null | undefined
  readonly range?: RangeInput | null | undefined
  /** For the days of the range; UTC unless given. */
  readonly timezone?: string | null | undefined
}
type RangeInput = Parameters<typeof resolveRange>[0]

/** What the arguments ask for. Throws what `resolveRange` and the filter throw. */
export const askedOf = ({ filter, range, timezone }: EventArgs, clock: Clock) => ({
  filter: ProductEventFilter.parse(filter),
  range: resolveRange(range ?? {}, clock, requireZone(timezone)),
})

/** The same of a credential: one that is for a project sees the events of that project alone. */
export const productAskIn = (args: EventArgs, context: Context): ProductAsk => ({
  ...askedOf(args, clockOf(context)),
  project: projectOf(context.viewer),
})

/** In a window that is known already. */
export const productAskOf = (
  filter: object | null | undefined,
  range: ProductAsk['range'],
  { viewer }: Context,
): ProductAsk => ({ filter: ProductEventFilter.parse(filter), range, project: projectOf(viewer) })

export const ProductEventRef = builder.objectRef<ProductEvent>('ProductEvent').implement({
  description: 'Something that somebody did in a product.',
  fields: (t) => ({
    eventId: t.exposeString('eventId', {
      description: 'Id of the event (a UUID): the same event sent twice counts once.',
    }),
    time: t.expose('time', { type: 'DateTime', description: 'Time at which it happened.' }),
    eventType: t.exposeString('eventType', { description: 'Type, such as page_view.' }),
    userId: t.exposeString('userId', {
      description: 'User, as the product names them; empty for somebody who is not known.',
    }),
    sessionId: t.exposeString('sessionId', {
      description: 'Session, as the product names it; empty for none.',
    }),
    properties: t.expose('properties', {
      type: 'JSON',
      extensions: longText(charactersOf(productEvents, 'properties')),
      description: 'Further values, with the types in which they were sent.',
    }),
  }),
})

const ProductEvents = defineFactList({ of: ProductEventRef, items: 'product events' })
ProductEvents.root('productEvents', {
  action: 'product:read',
  description: 'Product events, newest first.',
  args: { ...filterArgs, ...rangeArgs },
  ask: productAskIn,
  check: askedOf,
  rows: ({ productEvents }) => productEvents.queries,
})
