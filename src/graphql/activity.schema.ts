import { projectOf } from '../auth/viewer.ts'
import { topicName } from '../platform/bus/topics.ts'
import type { AnyEvent } from '../platform/bus/firehose.ts'
import type { Item } from '../platform/bus/tail.ts'
import { matches, type Filter } from '../platform/filter-tree.ts'
import { filter as keep, map, type Feed } from '../platform/iterate/feed.ts'
import { builder } from './builder.ts'
import { tenantOf, type Context } from './context.ts'
import { defineFilter, is } from './filters.ts'
import { busOf } from './internals.ts'
import { eventArgs, eventFields, type EventArgs } from './live.ts'
import { needs } from './needs.ts'
import { Resync } from './resync.ts'

const action = 'activity:read'

/** `IncidentChanged` as INCIDENT_CHANGED. */
const valueOf = (type: string): string => type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()

const byTopic = new Map(
  eventFields.map(({ topic, type, project }) => [
    topicName(topic),
    { type, project, value: valueOf(type.name) },
  ]),
)

const ActivityType = builder.enumType('ActivityType', {
  description: 'Kinds of events of a tenant, one for each type that `tenantActivity` tells.',
  values: Object.fromEntries(
    Array.from(byTopic.values(), ({ type, value }) => [
      value,
      { description: `Events of the type ${type.name}.` },
    ]),
  ),
})

const filter = defineFilter(
  'TenantActivity',
  { type: is.oneOf(ActivityType, 'Kind of the event.') },
  'events of the tenant',
)

/** An item of one topic, as its own type reads it, with what it is. */
type Told = Item<object> & { readonly topic?: string }

const toldOf = (item: Item<AnyEvent>): Told =>
  'resync' in item ? item : { cursor: item.cursor, ...item.payload }

const TenantActivityUpdate = builder.unionType('TenantActivityUpdate', {
  description: 'An event of `tenantActivity`, or word that some may be missing.',
  types: [...eventFields.map(({ type }) => type), Resync] as never,
  resolveType: ({ topic }: Told) => (topic === undefined ? Resync : byTopic.get(topic)!.type) as never,
})

/** What a subscriber is told, of one project alone when it is held to that. */
const told = (items: Feed<Item<AnyEvent>>, wanted: Filter, only: string | undefined): Feed<Told> =>
  map(
    keep(items, (item) => {
      if ('resync' in item) return true
      const { topic, payload } = item.payload
      const { project, value } = byTopic.get(topic)!
      if (only !== undefined && project && project(payload as never) !== only) return false
      return matches(wanted, { type: value })
    }),
    toldOf,
  )

builder.subscriptionField('tenantActivity', (t) =>
  t.field({
    type: TenantActivityUpdate,
    nullable: true,
    description: `Every event of the tenant, of all subscriptions to events, once and in the order of each of them, under one cursor. ${needs(action)}`,
    extensions: { live: 'events' },
    authScopes: { action },
    args: eventArgs(t, filter.type),
    subscribe: async (_root: unknown, args: EventArgs, context: Context) => {
      const wanted = filter.parse(args.filter)
      const items = await busOf(context).subscribeAll(tenantOf(context), {
        after: context.lastEventId ?? args.after ?? undefined,
        withStart: args.withStart ?? false,
      })
      return told(items, wanted, projectOf(context.viewer))
    },
    resolve: (item: unknown) => item as never,
  } as never),
)
