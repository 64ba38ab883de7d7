import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { Incident, IncidentEventKind } from './incident.types.schema.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { LONG_TEXT } from './incident.rules.ts'

const IncidentEvent = builder.prismaNode('IncidentEvent', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'An entry in the timeline of an incident.',
  authScopes: { action: 'incident:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    incident: t.relation('incident', { type: Incident, description: 'The incident.' }),
    kind: t.expose('kind', { type: IncidentEventKind, description: 'What happened.' }),
    actor: t.exposeString('actor', { description: 'Name of the person, key or program that did it.' }),
    version: t.exposeInt('version', { description: 'Version of the incident after the change.' }),
    before: t.exposeString('before', { nullable: true, description: 'Value before the change.' }),
    after: t.exposeString('after', { nullable: true, description: 'Value after the change.' }),
    note: t.exposeString('note', {
      nullable: true,
      description: 'Note of the actor.',
      extensions: longText(LONG_TEXT),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time of the change.' }),
  }),
})

const IncidentEvents = defineList({
  model: 'IncidentEvent',
  of: IncidentEvent,
  items: 'incident events',
  filter: (is) => ({
    kind: is.oneOf(IncidentEventKind, 'What happened.'),
    actor: is.text('Name of the actor.'),
    createdAt: is.time('Time of the change.'),
  }),
  // Not by time: only their versions tell changes of the same millisecond apart.
  order: {
    VERSION: { by: 'version', unique: true, description: 'Version of the incident after the change.' },
  },
  first: ['VERSION', 'ASC'],
})
IncidentEvents.below(Incident, 'events', {
  description: 'Timeline of the incident.',
  within: 'incidentId',
  rows: ({ incidents }) => incidents.eventReads,
})
