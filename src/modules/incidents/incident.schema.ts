import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineList } from '../../graphql/list.ts'
import { needs } from '../../graphql/needs.ts'
import { Incident, IncidentSeverity, IncidentStatus } from './incident.types.schema.ts'

export const Incidents = defineList({
  model: 'Incident',
  of: Incident,
  items: 'incidents',
  filter: (is) => ({
    number: is.number('Number in the tenant.'),
    status: is.oneOf(IncidentStatus, 'State.'),
    severity: is.oneOf(IncidentSeverity, 'Severity.'),
    title: is.text('Title.'),
    source: is.text('Person or program that reported it.'),
    fingerprint: is.text('Fingerprint.'),
    label: is.labels('A label, by its name.'),
    assignee: is.idOf('User', 'Person that it is assigned to.'),
    mergedInto: is.idOf('Incident', 'Incident that it was merged into.'),
    firstSeenAt: is.time('Time of the first occurrence.'),
    lastSeenAt: is.time('Time of the latest occurrence.'),
    acknowledgedAt: is.time('Time when somebody first started to work on it.'),
    resolvedAt: is.time('Time when it was resolved.'),
  }),
  order: {
    NUMBER: { by: 'number', unique: true, description: 'Number in the tenant: the order of creation.' },
    SEVERITY: { by: 'severityRank', description: 'Severity; with DESC the worst come first.' },
    FIRST_SEEN_AT: { by: 'firstSeenAt', description: 'Time of the first occurrence.' },
    LAST_SEEN_AT: { by: 'lastSeenAt', description: 'Time of the latest occurrence.' },
  },
  first: ['NUMBER', 'DESC'],
})
Incidents.root('incidents', {
  action: 'incident:read',
  description: 'Incidents of the tenant.',
  rows: ({ incidents }) => incidents.reads,
})

builder.queryField('incident', (t) =>
  t.prismaField({
    type: Incident,
    nullable: true,
    description: `The incident with this number, or null. ${needs('incident:read')}`,
    authScopes: { action: 'incident:read' },
    args: { number: t.arg.int({ required: true, description: 'Number in the tenant.' }) },
    resolve: (query, _root, { number }, context) =>
      context.modules.incidents.reads.find(tenantOf(context), { number }, query),
  }),
)
