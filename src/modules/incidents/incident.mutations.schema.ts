import { LabelInput } from '../../graphql/labels.ts'
import { mutation, only } from '../../graphql/mutation.ts'
import { idOf } from '../../graphql/mutation-input.ts'
import { Incident, IncidentSeverity, IncidentStatus } from './incident.types.schema.ts'

const incident = only('incident', Incident, 'The incident.')

mutation('openIncident', {
  action: 'incident:write',
  creates: true,
  description:
    'Opens an incident, or counts another occurrence of the unfinished one with the same key, or of the one that it was merged into.',
  input: (t) => ({
    title: t.string({ required: true, description: 'Title for people (1-300 characters).' }),
    severity: t.field({ type: IncidentSeverity, required: true, description: 'Severity.' }),
    description: t.string({
      description: 'What is known about it (20,000 characters at most, default: empty).',
    }),
    source: t.string({
      description: 'Person or program that reports it (1-100 characters, default "manual").',
    }),
    dedupKey: t.string({
      description:
        'Key of the problem (1-200 characters, default: one that nothing else has). What begins with "rule/" belongs to alert rules.',
    }),
    fingerprint: t.string({
      description: 'Key of the problem.',
      deprecationReason: 'Use `dedupKey`, which means the same (since 0.2.0).',
    }),
    labels: t.field({
      type: [LabelInput],
      description:
        'Labels, each name once (64 at most, names of 1-128 characters, values of 1,000 at most, default: none).',
    }),
  }),
  run: (permit, input, { incidents }) => incidents.service.open(permit, input),
  payload: incident,
})

mutation('changeIncidentStatus', {
  action: 'incident:write',
  description:
    'Changes the status of an incident: from OPEN to INVESTIGATING, RESOLVED or SUPPRESSED, and so on; any other change is a ConflictError. RESOLVED sets `resolvedAt`, reopening clears it. Of two changes at once one is made.',
  input: (t) => ({
    id: idOf(t, 'Incident'),
    status: t.field({ type: IncidentStatus, required: true, description: 'New status.' }),
    expectedVersion: t.int({
      description: 'Version that the client has seen: a newer one is a ConflictError (default: any version).',
    }),
    note: t.string({ description: 'Reason, for the timeline (20,000 characters at most, default: none).' }),
  }),
  run: (permit, input, { incidents }) => incidents.service.changeStatus(permit, input),
  payload: incident,
})

mutation('addIncidentNote', {
  action: 'incident:write',
  description: 'Adds a note to the timeline of an incident.',
  input: (t) => ({
    id: idOf(t, 'Incident'),
    note: t.string({ required: true, description: 'Text of the note (1-20,000 characters).' }),
  }),
  run: (permit, input, { incidents }) => incidents.service.addNote(permit, input),
  payload: incident,
})
