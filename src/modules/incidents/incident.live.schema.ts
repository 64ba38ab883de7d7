import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { Resync } from '../../graphql/resync.ts'
import type { Event, Item } from '../../platform/bus/tail.ts'
import { filter as keep } from '../../platform/iterate/derive.ts'
import { Incident, IncidentEventKind, IncidentSeverity, IncidentStatus } from './incident.types.schema.ts'
import { incidentChangedTopic, type IncidentChange } from './incident.topics.ts'

const IncidentChangeFilter = builder.inputType('IncidentChangeFilter', {
  description: 'Which changes. Those given must all hold, for the incident as it was right after the change.',
  fields: (t) => ({
    severity: t.field({ type: [IncidentSeverity], description: 'Its severity is one of these.' }),
    status: t.field({ type: [IncidentStatus], description: 'Its status is one of these.' }),
    kind: t.field({ type: [IncidentEventKind], description: 'What happened is one of these.' }),
    incidentId: t.globalID({ for: Incident, description: 'It is this incident.' }),
  }),
})
type ChangeFilter = typeof IncidentChangeFilter.$inferInput

const IncidentChanged = builder.objectRef<Event<IncidentChange>>('IncidentChanged').implement({
  description:
    'One change of one incident. Its own fields say how things were right after it; `incident` is how they are now.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', {
      description: 'Its place: subscribe with it as `after` to go on from here.',
    }),
    kind: t.field({
      type: IncidentEventKind,
      description: 'What happened.',
      resolve: ({ payload }) => payload.kind,
    }),
    actor: t.string({ description: 'Who did it.', resolve: ({ payload }) => payload.actor }),
    at: t.field({ type: 'DateTime', description: 'When.', resolve: ({ payload }) => new Date(payload.at) }),
    number: t.int({ description: 'The number of the incident.', resolve: ({ payload }) => payload.number }),
    title: t.string({ description: 'Its title.', resolve: ({ payload }) => payload.title }),
    severity: t.field({
      type: IncidentSeverity,
      description: 'Its severity after the change.',
      resolve: ({ payload }) => payload.severity,
    }),
    status: t.field({
      type: IncidentStatus,
      description: 'Its status after the change.',
      resolve: ({ payload }) => payload.status,
    }),
    version: t.int({
      description: 'Its version after the change; grows by one with each.',
      resolve: ({ payload }) => payload.version,
    }),
    before: t.string({
      nullable: true,
      description: 'The value before the change.',
      resolve: ({ payload }) => payload.before,
    }),
    after: t.string({
      nullable: true,
      description: 'The value after the change.',
      resolve: ({ payload }) => payload.after,
    }),
    note: t.string({
      nullable: true,
      description: 'What the actor wrote.',
      resolve: ({ payload }) => payload.note,
    }),
    incident: t.prismaField({
      type: Incident,
      nullable: true,
      description: 'The incident as it is now.',
      resolve: (query, { payload }, _args, context) =>
        context.modules.incidents.reads.find(tenantOf(context), { id: payload.incidentId }, query),
    }),
  }),
})

const IncidentUpdate = builder.unionType('IncidentUpdate', {
  description: 'A change, or word that some may be missing.',
  types: [IncidentChanged, Resync],
  resolveType: (item) => ('resync' in item ? Resync : IncidentChanged),
})

const wanted = (filter: ChangeFilter | null | undefined) => (item: Item<IncidentChange>) =>
  'resync' in item ||
  ((!filter?.severity || filter.severity.includes(item.payload.severity)) &&
    (!filter?.status || filter.status.includes(item.payload.status)) &&
    (!filter?.kind || filter.kind.includes(item.payload.kind)) &&
    (!filter?.incidentId || filter.incidentId.id === item.payload.incidentId))

builder.subscriptionField('incidentChanged', (t) =>
  t.field({
    type: IncidentUpdate,
    description:
      'Every change of incidents, once and in order; `after` a cursor also those that were missed. Needs the scope read.',
    authScopes: { action: 'incident:read' },
    args: {
      filter: t.arg({ type: IncidentChangeFilter, description: 'Which changes.' }),
      after: t.arg.string({
        description: 'Go on after this cursor; only what happens from now on unless given.',
      }),
    },
    subscribe: async (_root, { filter, after }, { modules, ...context }) => {
      const tenant = tenantOf({ modules, ...context })
      const items = await modules.bus.subscribe(tenant, incidentChangedTopic, { after: after ?? undefined })
      return keep(items, wanted(filter))
    },
    resolve: (item) => item,
  }),
)
