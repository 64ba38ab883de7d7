import type { InputFieldMap, InputRef, InputShapeFromFields, ObjectRef } from '@pothos/core'
import type { Action } from '../auth/actions.ts'
import type { WatchOptions } from '../platform/bus/live-state.ts'
import type { Event, Item } from '../platform/bus/tail.ts'
import type { EventTopic } from '../platform/bus/topics.ts'
import { projectOf } from '../auth/viewer.ts'
import { AppError } from '../platform/errors.ts'
import { matches, type Filter } from '../platform/filter-tree.ts'
import { filter as keep, type Feed } from '../platform/iterate/feed.ts'
import { builder, type GraphTypes } from './builder.ts'
import { tenantOf, type Context } from './context.ts'
import type { Conditions } from './filter-terms.ts'
import { defineFilter, is, type Is } from './filters.ts'
import { busOf } from './internals.ts'
import { needs } from './needs.ts'
import { LiveEvent, Resync } from './resync.ts'
import type { FieldCost } from './limits/cost.ts'

type FieldBuilder<T> = PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, Event<T>>
type Exposed = {
  readonly type: unknown
  readonly nullable?: true
  readonly description: string
  readonly extensions?: { readonly cost: FieldCost }
}
type Expose<T> = (name: keyof T & string, field: Exposed) => never

type Told = {
  readonly topic: EventTopic<never>
  readonly action: Action
  readonly type: ObjectRef<GraphTypes, Event<never>>
  readonly project: ProjectOf<never> | undefined
}
const told: Told[] = []
/** All subscriptions to events, once the domains are loaded. */
export const eventFields: readonly Told[] = told

/** The type of an event. `payload(name, …)` exposes a value of its payload; `cursor` is added. */
export const eventType = <T extends object>(
  _topic: EventTopic<T>,
  name: string,
  options: {
    readonly description: string
    readonly fields: (payload: Expose<T>, t: FieldBuilder<T>) => object
  },
): ObjectRef<GraphTypes, Event<T>> =>
  builder.objectRef<Event<T>>(name).implement({
    description: options.description,
    interfaces: [LiveEvent as never],
    fields: (t) => {
      const payload = (field: keyof T & string, { type, nullable, description, extensions }: Exposed) =>
        (t.field as (options: object) => never)({
          type,
          nullable: nullable ?? false,
          description,
          extensions,
          // Times are texts on the wire.
          resolve: ({ payload: { [field]: value } }: Event<T>) =>
            type === 'DateTime' && typeof value === 'string' ? new Date(value) : value,
        })
      return options.fields(payload, t) as never
    },
  })

type SubscriptionBuilder = PothosSchemaTypes.SubscriptionFieldBuilder<GraphTypes, unknown>
export type EventArgs = {
  readonly filter?: object | null
  readonly after?: string | null
  readonly withStart?: boolean | null
}

/** The arguments of every subscription to events. */
export const eventArgs = (t: Pick<SubscriptionBuilder, 'arg'>, filter: InputRef) => ({
  filter: t.arg({ type: filter, description: 'Conditions on the events.' }),
  after: t.arg.string({
    description: 'Cursor of the last event that was seen (default: only events from now on).',
  }),
  withStart: t.arg.boolean({
    description:
      'Without `after`, begin with a `Resync` of reason `STARTED`: from its cursor a client can resume that was cut off before the first event.',
  }),
})

type ProjectOf<T> = (payload: T) => string | null | undefined

/**
 * What a subscriber gets of a topic's items: what it wants, and of one project alone when it is held to that. It
 * holds nothing but these conditions, and a group's are the same for all in it: see `permissionScope`.
 */
const kept = <T>(
  items: Feed<Item<T>>,
  wanted: Filter,
  only: { readonly project: string; readonly of: ProjectOf<T> } | undefined,
): Feed<Item<T>> => {
  if ('all' in wanted && wanted.all.length === 0 && !only) return items
  return keep(
    items,
    (item) =>
      'resync' in item ||
      (matches(wanted, item.payload as Record<string, unknown>) &&
        (!only || only.of(item.payload) === only.project)),
  )
}
/** The one project that a subscriber is held to, for a topic whose events are of projects. */
const onlyOf = <T>(of: ProjectOf<T> | undefined, { viewer }: Context) => {
  const project = projectOf(viewer)
  return of && project !== undefined ? { project, of } : undefined
}

/**
 * Declares a subscription to a topic of events: every one of them, once, in order. It takes `after` and a
 * filter over the payload, and its type is the union of the event and `Resync`.
 */
export const eventField = <T extends object>(
  name: string,
  options: {
    readonly topic: EventTopic<T>
    readonly action: Action
    readonly type: ObjectRef<GraphTypes, Event<T>>
    /** Name of the union: `IncidentUpdate`. */
    readonly union: string
    readonly description: string
    /**
     * Conditions on the payload, by the names of its fields; what the events are called in the filter's
     * description.
     */
    readonly filter: (is: Is) => Conditions
    /** The project of an event: a credential that is for one project gets those of it alone. */
    readonly project?: ProjectOf<T>
    readonly filterName: string
    readonly items: string
  },
): void => {
  const { topic, action, type, union, description, items, project } = options
  told.push({ topic, action, type, project } as never)
  const filter = defineFilter(options.filterName, options.filter(is), items)
  const Update = builder.unionType(union, {
    description: `An event of \`${name}\`, or word that some may be missing.`,
    types: [type, Resync] as never,
    resolveType: (item) => ('resync' in (item as Item<T>) ? Resync : type) as never,
  })
  builder.subscriptionField(name, (t) =>
    t.field({
      type: Update,
      nullable: true,
      description: `${description} ${needs(action)}`,
      extensions: { live: 'events' },
      authScopes: { action },
      args: eventArgs(t, filter.type),
      subscribe: async (_root: unknown, args: EventArgs, context: Context) => {
        const wanted = filter.parse(args.filter)
        const items = await busOf(context).subscribe(tenantOf(context), topic, {
          after: context.lastEventId ?? args.after ?? undefined,
          withStart: args.withStart ?? false,
        })
        return kept(items, wanted, onlyOf(project, context))
      },
      resolve: (item: unknown) => item as never,
    } as never),
  )
}

const RATE = { least: 0.1, most: 4 } as const

const rateOf = (value: number | null | undefined): number => {
  if (value == null) return RATE.most
  if (value >= RATE.least && value <= RATE.most) return value
  throw new AppError('BAD_REQUEST', `maxPerSecond is a number from ${RATE.least} to ${RATE.most}.`)
}

/**
 * Declares a subscription to a state: the current value, then the newest whenever it changes. It takes
 * `maxPerSecond`.
 */
export const stateField = <T, const Args extends InputFieldMap = {}>(
  name: string,
  options: {
    readonly action: Action
    readonly type: ObjectRef<GraphTypes, T>
    readonly description: string
    readonly args?: Args
    readonly watch: (
      context: Context,
      rate: WatchOptions,
      args: InputShapeFromFields<Args>,
    ) => Promise<AsyncIterableIterator<T, undefined>>
  },
): void => {
  const { action, type, description, args, watch } = options
  builder.subscriptionField(name, (t) =>
    t.field({
      type,
      nullable: true,
      description: `${description}: the current value, then the newest whenever it changes. ${needs(action)}`,
      extensions: { live: 'state' },
      authScopes: { action },
      args: {
        ...args,
        maxPerSecond: t.arg.float({
          description: `Highest number of values a second; the newest wins (${RATE.least}-${RATE.most}, default ${RATE.most}).`,
        }),
      },
      subscribe: (
        _root: unknown,
        given: InputShapeFromFields<Args> & { maxPerSecond?: number | null },
        context: Context,
      ) => watch(context, { maxPerSecond: rateOf(given.maxPerSecond) }, given),
      resolve: (value: unknown) => value,
    } as never),
  )
}
