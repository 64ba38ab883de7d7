import {
  IncidentEventKind as kinds,
  IncidentSeverity as severities,
  IncidentStatus as statuses,
} from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { Label } from '../../graphql/labels.ts'
import { nodeOf } from '../../graphql/node-of.ts'
import { User } from '../identity/user.schema.ts'
import { MAX_LABELS, LONG_TEXT } from './incident.rules.ts'
import { longText } from '../../graphql/limits/cost.ts'

export const IncidentStatus = builder.enumType('IncidentStatus', {
  description: 'State of an incident.',
  values: {
    OPEN: { description: 'Nobody works on it yet.', value: statuses.OPEN },
    INVESTIGATING: { description: 'Somebody works on it.', value: statuses.INVESTIGATING },
    RESOLVED: { description: 'The cause is gone.', value: statuses.RESOLVED },
    CLOSED: { description: 'Resolved, and nothing is left to do.', value: statuses.CLOSED },
    SUPPRESSED: { description: 'Known and silenced.', value: statuses.SUPPRESSED },
  },
})

export const IncidentSeverity = builder.enumType('IncidentSeverity', {
  description: 'Severity of an incident.',
  values: {
    LOW: { description: 'Can wait.', value: severities.LOW },
    MEDIUM: { description: 'Needs work within the working day.', value: severities.MEDIUM },
    HIGH: { description: 'Needs work now.', value: severities.HIGH },
    CRITICAL: { description: 'Needs work now, at any hour.', value: severities.CRITICAL },
  },
})

export const IncidentEventKind = builder.enumType('IncidentEventKind', {
  description: 'What happened to an incident.',
  values: {
    OPENED: { description: 'The incident was opened.', value: kinds.OPENED },
    REFIRED: { description: 'It occurred again while unfinished.', value: kinds.REFIRED },
    SEVERITY_CHANGED: { description: 'Its severity was changed.', value: kinds.SEVERITY_CHANGED },
    STATUS_CHANGED: { description: 'Its status was changed.', value: kinds.STATUS_CHANGED },
    ASSIGNED: { description: 'It was assigned to somebody.', value: kinds.ASSIGNED },
    NOTE_ADDED: { description: 'A note was added.', value: kinds.NOTE_ADDED },
    NOTIFIED: {
      description:
        'A message about it was delivered to the channel that `after` names; `note` says what it told (FIRING).',
      value: kinds.NOTIFIED,
    },
    MERGED: {
      description:
        'It was merged into the incident that `after` names (#5), or the one that `before` names was merged into it.',
      value: kinds.MERGED,
    },
  },
})

export const Incident = builder.prismaNode('Incident', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'A problem, from its first occurrence until nothing is left to do.',
  authScopes: { action: 'incident:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'Number in the tenant, counted from 1.' }),
    title: t.exposeString('title', { description: 'Title for people.' }),
    description: t.exposeString('description', {
      description: 'What is known about it.',
      extensions: longText(LONG_TEXT),
    }),
    severity: t.expose('severity', { type: IncidentSeverity, description: 'Severity.' }),
    status: t.expose('status', { type: IncidentStatus, description: 'State.' }),
    source: t.exposeString('source', { description: 'Person or program that reported it.' }),
    fingerprint: t.exposeString('fingerprint', {
      description:
        'Key of the problem, the `dedupKey` that it was opened with: while an incident is unfinished, the same key opens no other.',
    }),
    labels: t.field({
      type: [Label],
      description: 'Labels, each name once.',
      extensions: { cost: { small: true, items: MAX_LABELS } },
      select: { labels: true },
      resolve: ({ labels }) =>
        Object.entries(labels as Record<string, string>).map(([name, value]) => ({ name, value })),
    }),
    occurrences: t.exposeInt('occurrences', { description: 'Number of occurrences.' }),
    firstSeenAt: t.expose('firstSeenAt', { type: 'DateTime', description: 'Time of the first occurrence.' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', description: 'Time of the latest occurrence.' }),
    acknowledgedAt: t.expose('acknowledgedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time when somebody first started to work on it.',
    }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time when it was resolved; null again after reopening.',
    }),
    acknowledgedBy: t.exposeString('acknowledgedBy', {
      nullable: true,
      description: 'Name of the person, key or program that first started to work on it.',
    }),
    resolvedBy: t.exposeString('resolvedBy', {
      nullable: true,
      description: 'Name of the person, key or program that resolved it; null again after reopening.',
    }),
    assignee: t.field({
      type: User,
      nullable: true,
      description:
        'Person that it is assigned to; null for nobody, for who is not a member now, and to an API key, which sees no person.',
      select: { assigneeId: true },
      resolve: ({ assigneeId }, _args, context, info) => nodeOf(context, info, 'User', assigneeId),
    }),
    assigneeName: t.exposeString('assignee', {
      nullable: true,
      description: 'Name of that person when it was assigned; null for nobody.',
    }),
    value: t.float({
      nullable: true,
      description:
        'Value that an alert rule measured, in the unit of what it measures; null for an incident that no rule opened.',
      select: { value: true },
      resolve: ({ value }) => value && value.toNumber(),
    }),
    threshold: t.float({
      nullable: true,
      description:
        'Threshold of the alert rule that the value passed, in the same unit; null without a rule.',
      select: { threshold: true },
      resolve: ({ threshold }) => threshold && threshold.toNumber(),
    }),
    version: t.exposeInt('version', { description: 'Version, which each change increases by one.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})

builder.prismaObjectField(Incident, 'mergedInto', (t) =>
  t.relation('mergedInto', {
    type: Incident,
    nullable: true,
    description:
      'Incident that it was merged into: it is CLOSED then, and goes on there. Null for one that stands by itself.',
  }),
)
