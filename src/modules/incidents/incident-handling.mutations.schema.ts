import { mutation, only } from '../../graphql/mutation.ts'
import { idOf, type InputBuilder } from '../../graphql/mutation-input.ts'
import { Incident, IncidentSeverity } from './incident.types.schema.ts'

const incident = only('incident', Incident, 'The incident.')
const expectedVersion = (t: InputBuilder) =>
  t.int({
    description: 'Version that the client has seen: a newer one is a ConflictError (default: any version).',
  })
const note = (t: InputBuilder) =>
  t.string({ description: 'Reason, for the timeline (20,000 characters at most, default: none).' })

mutation('assignIncident', {
  action: 'incident:write',
  description:
    'Assigns an incident to a member of the tenant, or to nobody. It stays OPEN until somebody changes its status. Of two changes at once one is made.',
  input: (t) => ({
    id: idOf(t, 'Incident'),
    userId: idOf(t, 'User', {
      required: false,
      description: 'Global id of the member; null for nobody (default: nobody).',
    }),
    expectedVersion: expectedVersion(t),
    note: note(t),
  }),
  run: (permit, input, { incidents }) => incidents.service.assign(permit, input),
  payload: incident,
})

mutation('changeIncidentSeverity', {
  action: 'incident:write',
  description: 'Raises or lowers the severity of an incident. Of two changes at once one is made.',
  input: (t) => ({
    id: idOf(t, 'Incident'),
    severity: t.field({ type: IncidentSeverity, required: true, description: 'New severity.' }),
    expectedVersion: expectedVersion(t),
    note: note(t),
  }),
  run: (permit, input, { incidents }) => incidents.service.changeSeverity(permit, input),
  payload: incident,
})

mutation('mergeIncidents', {
  action: 'incident:write',
  description:
    'Merges an incident into another one, which takes over its occurrences: it becomes CLOSED, and breaches of its key count for the other one while that is unfinished. It is for ever. Itself, a merged one and a CLOSED one are a ConflictError.',
  input: (t) => ({
    id: idOf(t, 'Incident', { description: 'Global id of the incident that is merged.' }),
    intoId: idOf(t, 'Incident', { description: 'Global id of the incident that it is merged into.' }),
    note: note(t),
  }),
  run: (permit, input, { incidents }) => incidents.service.merge(permit, input),
  payload: (t) => ({
    incident: t.field({
      type: Incident,
      description: 'The incident that the other was merged into.',
      resolve: ({ incident: into }) => into as never,
    }),
    merged: t.field({
      type: Incident,
      description: 'The incident that was merged.',
      resolve: ({ merged }) => merged as never,
    }),
  }),
})
