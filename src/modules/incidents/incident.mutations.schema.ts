import { builder } from '../../graphql/builder.ts'
import { permitOf } from '../../graphql/context.ts'
import { problems } from '../../graphql/problems.ts'
import { Incident, IncidentSeverity, IncidentStatus } from './incident.types.schema.ts'

const OpenIncidentInput = builder.inputType('OpenIncidentInput', {
  description: 'A new incident.',
  fields: (t) => ({
    title: t.string({ required: true, description: 'What is wrong, in a line of at most 300 characters.' }),
    severity: t.field({ type: IncidentSeverity, required: true, description: 'How bad it is.' }),
    description: t.string({ description: 'What is known about it.' }),
    source: t.string({ description: 'Who or what saw it; "manual" unless given.' }),
    fingerprint: t.string({
      description: 'With that of an unfinished incident, that one is seen again instead.',
    }),
    labels: t.field({ type: 'JSON', description: 'Names and values to sort it by: an object of texts.' }),
  }),
})

const ChangeIncidentStatusInput = builder.inputType('ChangeIncidentStatusInput', {
  description: 'A step in the life of an incident.',
  fields: (t) => ({
    id: t.globalID({ for: Incident, required: true, description: 'Which incident.' }),
    status: t.field({ type: IncidentStatus, required: true, description: 'Where it goes.' }),
    expectedVersion: t.int({ description: 'Refuse if the incident has changed since this version.' }),
    note: t.string({ description: 'Why; stands in the timeline.' }),
  }),
})

const AddIncidentNoteInput = builder.inputType('AddIncidentNoteInput', {
  description: 'A note on an incident.',
  fields: (t) => ({
    id: t.globalID({ for: Incident, required: true, description: 'Which incident.' }),
    note: t.string({ required: true, description: 'What to write; at most 20,000 characters.' }),
  }),
})

builder.mutationFields((t) => ({
  openIncident: t.field({
    type: Incident,
    errors: { types: problems },
    description:
      'Opens an incident, or lets the unfinished one with the same fingerprint be seen again. Needs the scope write.',
    authScopes: { action: 'incident:write' },
    args: { input: t.arg({ type: OpenIncidentInput, required: true, description: 'The incident.' }) },
    resolve: (_root, { input }, context) =>
      context.modules.incidents.service.open(permitOf(context, 'incident:write'), {
        ...input,
        labels: input.labels as Record<string, string> | null | undefined, // the service checks it
      }),
  }),

  changeIncidentStatus: t.field({
    type: Incident,
    errors: { types: problems },
    description:
      'Moves an incident: OPEN to INVESTIGATING, RESOLVED or SUPPRESSED, and so on; another step is a ConflictError. Resolving sets resolvedAt, reopening clears it. Of two at once one wins. Needs the scope write.',
    authScopes: { action: 'incident:write' },
    args: { input: t.arg({ type: ChangeIncidentStatusInput, required: true, description: 'The step.' }) },
    resolve: (_root, { input }, context) =>
      context.modules.incidents.service.changeStatus(permitOf(context, 'incident:write'), {
        ...input,
        id: input.id.id,
      }),
  }),

  addIncidentNote: t.field({
    type: Incident,
    errors: { types: problems },
    description: 'Adds a note to the timeline of an incident. Needs the scope write.',
    authScopes: { action: 'incident:write' },
    args: { input: t.arg({ type: AddIncidentNoteInput, required: true, description: 'The note.' }) },
    resolve: (_root, { input }, context) =>
      context.modules.incidents.service.addNote(permitOf(context, 'incident:write'), {
        id: input.id.id,
        note: input.note,
      }),
  }),
}))
