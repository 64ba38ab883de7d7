import { uuidv7 } from '../../platform/ids.ts'
import type { Message, ToldIncident } from './message.ts'

/** What the test of a channel sends: no incident, and a key of its own that nothing else has. */
export const testMessage = (channelId: string, at: Date): Message => ({
  kind: 'TEST',
  dedupKey: `test/${channelId}/${at.getTime()}`,
  route: null,
  groupLabels: {},
  incidents: [],
  more: 0,
  repeats: false,
  escalation: 0,
  raised: false,
  at: at.toISOString(),
})

/** An incident of a tenant that has none yet, for previews. */
export const exampleIncident = (at: Date): ToldIncident => ({
  id: uuidv7(at.getTime()),
  number: 1,
  title: 'Error rate: service=checkout',
  description: 'More than one request in twenty fails.',
  severity: 'HIGH',
  status: 'FIRING',
  labels: { service: 'checkout' },
  acknowledgedBy: null,
  startedAt: at.toISOString(),
  resolvedAt: null,
  occurrences: 1,
  value: 0.12,
  threshold: 0.05,
  rule: { id: uuidv7(at.getTime()), name: 'Error rate', operator: '>', windowSeconds: 300 },
})

/** What would be told of one incident by itself. */
export const messageOf = (incident: ToldIncident, at: Date): Message => ({
  ...testMessage('', at),
  kind: incident.status,
  dedupKey: `incident/${incident.id}`,
  groupLabels: incident.labels,
  incidents: [incident],
})
