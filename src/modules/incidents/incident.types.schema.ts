import {
  IncidentEventKind as kinds,
  IncidentSeverity as severities,
  IncidentStatus as statuses,
} from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'

export const IncidentStatus = builder.enumType('IncidentStatus', {
  description: 'Where an incident is in its life.',
  values: {
    OPEN: { description: 'Nobody has taken it yet.', value: statuses.OPEN },
    INVESTIGATING: { description: 'Somebody works on it.', value: statuses.INVESTIGATING },
    RESOLVED: { description: 'What was wrong is right again.', value: statuses.RESOLVED },
    CLOSED: { description: 'Resolved, and nothing is left to do.', value: statuses.CLOSED },
    SUPPRESSED: { description: 'Known and silenced.', value: statuses.SUPPRESSED },
  },
})

export const IncidentSeverity = builder.enumType('IncidentSeverity', {
  description: 'How bad it is.',
  values: {
    LOW: { description: 'Can wait.', value: severities.LOW },
    MEDIUM: { description: 'Within the working day.', value: severities.MEDIUM },
    HIGH: { description: 'Now.', value: severities.HIGH },
    CRITICAL: { description: 'Now, and wake somebody.', value: severities.CRITICAL },
  },
})

export const IncidentEventKind = builder.enumType('IncidentEventKind', {
  description: 'What happened to an incident.',
  values: {
    OPENED: { description: 'It began.', value: kinds.OPENED },
    REFIRED: { description: 'It was seen again while unfinished.', value: kinds.REFIRED },
    SEVERITY_CHANGED: { description: 'Its severity was changed.', value: kinds.SEVERITY_CHANGED },
    STATUS_CHANGED: { description: 'Its status was changed.', value: kinds.STATUS_CHANGED },
    ASSIGNED: { description: 'Somebody was made responsible.', value: kinds.ASSIGNED },
    NOTE_ADDED: { description: 'A note was added.', value: kinds.NOTE_ADDED },
    NOTIFIED: { description: 'Somebody was told.', value: kinds.NOTIFIED },
  },
})

const IncidentEvent = builder.prismaObject('IncidentEvent', {
  description: 'One line of the timeline of an incident.',
  fields: (t) => ({
    kind: t.expose('kind', { type: IncidentEventKind, description: 'What happened.' }),
    actor: t.exposeString('actor', { description: 'Who did it.' }),
    version: t.exposeInt('version', { description: "The incident's version after it." }),
    before: t.exposeString('before', { nullable: true, description: 'The value before a change.' }),
    after: t.exposeString('after', { nullable: true, description: 'The value after a change.' }),
    note: t.exposeString('note', { nullable: true, description: 'What the actor wrote.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it happened.' }),
  }),
})

export const Incident = builder.prismaNode('Incident', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'Something that is wrong, from the moment it was seen until nothing is left to do.',
  authScopes: { action: 'incident:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Counts from 1 in each tenant.' }),
    title: t.exposeString('title', { description: 'What is wrong, in a line.' }),
    description: t.exposeString('description', { description: 'What is known about it.' }),
    severity: t.expose('severity', { type: IncidentSeverity, description: 'How bad it is.' }),
    status: t.expose('status', { type: IncidentStatus, description: 'Where it is in its life.' }),
    source: t.exposeString('source', { description: 'Who or what saw it.' }),
    fingerprint: t.exposeString('fingerprint', { description: 'What makes two breaches the same incident.' }),
    labels: t.expose('labels', { type: 'JSON', description: 'Names and values that it is sorted by.' }),
    occurrences: t.exposeInt('occurrences', { description: 'How often it was seen.' }),
    firstSeenAt: t.expose('firstSeenAt', { type: 'DateTime', description: 'When it was seen first.' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', description: 'When it was seen last.' }),
    acknowledgedAt: t.expose('acknowledgedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When somebody took it.',
    }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was resolved; null again after reopening.',
    }),
    version: t.exposeInt('version', { description: 'Grows with every change.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded.' }),
    events: t.relatedConnection(
      'events',
      {
        type: IncidentEvent,
        cursor: 'id',
        description: 'Its timeline, oldest first.',
        // Not by time: changes that come at once are told apart by their versions alone.
        query: { orderBy: { version: 'asc' } },
      },
      { description: 'A page of a timeline.' },
      { description: 'A line of a timeline and its place.' },
    ),
  }),
})
