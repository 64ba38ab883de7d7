import { tenantOf } from '../../graphql/context.ts'
import { eventField, eventType } from '../../graphql/live.ts'
import { incidentChangedTopic } from './incident.topics.ts'
import { Incident, IncidentEventKind, IncidentSeverity, IncidentStatus } from './incident.types.schema.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { LONG_TEXT } from './incident.rules.ts'

const IncidentChanged = eventType(incidentChangedTopic, 'IncidentChanged', {
  description:
    'One change of one incident. Its own fields say how things were right after it; `incident` is how they are now.',
  fields: (payload, t) => ({
    kind: payload('kind', { type: IncidentEventKind, description: 'What happened.' }),
    actor: payload('actor', { type: 'String', description: 'Person, key or program that made the change.' }),
    at: payload('at', { type: 'DateTime', description: 'Time of the change.' }),
    number: payload('number', { type: 'Int', description: 'Number of the incident in the tenant.' }),
    title: payload('title', { type: 'String', description: 'Title of the incident after the change.' }),
    severity: payload('severity', { type: IncidentSeverity, description: 'Severity after the change.' }),
    status: payload('status', { type: IncidentStatus, description: 'Status after the change.' }),
    version: payload('version', {
      type: 'Int',
      description: 'Version of the incident after the change; it grows by one with each.',
    }),
    before: payload('before', { type: 'String', nullable: true, description: 'Value before the change.' }),
    after: payload('after', { type: 'String', nullable: true, description: 'Value after the change.' }),
    note: payload('note', {
      type: 'String',
      nullable: true,
      description: 'Note that the actor wrote.',
      extensions: longText(LONG_TEXT),
    }),
    incident: t.prismaField({
      type: Incident,
      nullable: true,
      description: 'The incident as it is now.',
      resolve: (query, { payload: { incidentId } }, _args, context) =>
        context.modules.incidents.reads.find(tenantOf(context), { id: incidentId }, query),
    }),
  }),
})

eventField('incidentChanged', {
  topic: incidentChangedTopic,
  action: 'incident:read',
  type: IncidentChanged,
  union: 'IncidentUpdate',
  description:
    'Every change of incidents, once and in order; after a cursor also those that were missed. The filter is held against the incident as it was right after the change.',
  filterName: 'IncidentChange',
  items: 'changes of incidents',
  filter: (is) => ({
    kind: is.oneOf(IncidentEventKind, 'What happened.'),
    severity: is.oneOf(IncidentSeverity, 'Severity after the change.'),
    status: is.oneOf(IncidentStatus, 'Status after the change.'),
    incident: is.idOf('Incident', 'The incident.'),
  }),
})
