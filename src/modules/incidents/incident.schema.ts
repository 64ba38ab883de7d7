import { defineList } from '../../graphql/list.ts'
import { Incident, IncidentSeverity, IncidentStatus } from './incident.types.schema.ts'

const Incidents = defineList({
  model: 'Incident',
  of: Incident,
  items: 'incidents',
  filter: (is) => ({
    number: is.number('Number in the tenant.'),
    status: is.oneOf(IncidentStatus, 'Status.'),
    severity: is.oneOf(IncidentSeverity, 'Severity.'),
    title: is.text('Title.'),
    source: is.text('Source.'),
    fingerprint: is.text('Fingerprint.'),
    firstSeenAt: is.time('Time of the first occurrence.'),
    lastSeenAt: is.time('Time of the latest occurrence.'),
  }),
  order: {
    NUMBER: { by: 'number', description: 'Number in the tenant: the order of creation.' },
    SEVERITY: { by: 'severity', description: 'Severity; DESC is worst first.' },
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
