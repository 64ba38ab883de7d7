import {
  AlertAggregate as aggregates,
  AlertNoData as policies,
  AlertOperator as operators,
} from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { defineFilter, is } from '../../graphql/filters.ts'
import { Label } from '../../graphql/labels.ts'
import { formatDuration } from '../../platform/duration.ts'
import { IncidentSeverity } from '../incidents/incident.types.schema.ts'
import { definitionOf } from './rule-definition.ts'
import { longText } from '../../graphql/limits/cost.ts'
import { DEFINITION_CHARACTERS } from './alert-rule.rules.ts'

export const AlertAggregate = builder.enumType('AlertAggregate', {
  description: 'What is made of the rows of a window.',
  values: {
    COUNT: { description: 'Number of rows.', value: aggregates.COUNT },
    RATE: {
      description:
        'Rows a second; of a metric, by how much counters rose a second, or observations a second.',
      value: aggregates.RATE,
    },
    SUM: { description: 'Sum of the field.', value: aggregates.SUM },
    AVG: { description: 'Mean of the field.', value: aggregates.AVG },
    MIN: { description: 'Smallest value of the field.', value: aggregates.MIN },
    MAX: { description: 'Largest value of the field.', value: aggregates.MAX },
    LAST: { description: 'Latest value of the field.', value: aggregates.LAST },
    P50: { description: 'Median of the field, at most 1.1 % off.', value: aggregates.P50 },
    P90: { description: '90th percentile of the field, at most 1.1 % off.', value: aggregates.P90 },
    P95: { description: '95th percentile of the field, at most 1.1 % off.', value: aggregates.P95 },
    P99: { description: '99th percentile of the field, at most 1.1 % off.', value: aggregates.P99 },
    RATIO: { description: 'Rows of `filter` out of those of `outOf`, 0 to 1.', value: aggregates.RATIO },
    ABSENCE: { description: 'Breached when there is no row.', value: aggregates.ABSENCE },
  },
})

export const AlertOperator = builder.enumType('AlertOperator', {
  description: 'How a value is compared with a threshold; what holds is a breach.',
  values: {
    GT: { description: 'Greater than.', value: operators.GT },
    GTE: { description: 'Greater than or equal to.', value: operators.GTE },
    LT: { description: 'Less than.', value: operators.LT },
    LTE: { description: 'Less than or equal to.', value: operators.LTE },
    EQ: { description: 'Equal to.', value: operators.EQ },
    NEQ: { description: 'Not equal to.', value: operators.NEQ },
  },
})

export const AlertNoData = builder.enumType('AlertNoData', {
  description: 'What a window without data makes of a series.',
  values: {
    OK: { description: 'No breach.', value: policies.OK },
    ALERT: { description: 'A breach.', value: policies.ALERT },
    KEEP: { description: 'Nothing: it stays as it is.', value: policies.KEEP },
  },
})

export const RuleFilterInput = defineFilter(
  'AlertRow',
  { label: is.labels("Value of a label, an attribute or a text of the dataset's rows.") },
  'the rows of a dataset',
).type

const list = (labels: unknown) =>
  Object.entries(labels as Record<string, string>).map(([name, value]) => ({ name, value }))
const small = { cost: { small: true as const, items: 32 } }

export const AlertRule = builder.prismaNode('AlertRule', {
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description: 'What is watched, and what of it opens an incident.',
  authScopes: { action: 'alertRule:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people; unique in the tenant.' }),
    description: t.exposeString('description', { description: 'What it is for.' }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether it is evaluated.' }),
    dataset: t.exposeString('dataset', { description: 'Dataset whose rows are measured.' }),
    aggregate: t.expose('aggregate', { type: AlertAggregate, description: 'What is made of them.' }),
    field: t.exposeString('field', {
      nullable: true,
      description: 'Number that is measured; null where rows are counted.',
    }),
    groupBy: t.exposeStringList('groupBy', {
      description: 'Labels whose values tell series apart.',
      extensions: small,
    }),
    operator: t.expose('operator', { type: AlertOperator, description: 'How the value is compared.' }),
    threshold: t.exposeFloat('threshold', { description: 'Where a breach begins.' }),
    criticalThreshold: t.exposeFloat('criticalThreshold', {
      nullable: true,
      description: 'Where a breach is critical; null for nowhere.',
    }),
    recoveryThreshold: t.exposeFloat('recoveryThreshold', {
      nullable: true,
      description: 'Where a breach ends; null for at the threshold.',
    }),
    window: t.field({
      type: 'Duration',
      description: 'Length of the window.',
      select: { windowMs: true },
      resolve: ({ windowMs }) => formatDuration(windowMs),
    }),
    for: t.field({
      type: 'Duration',
      description: 'How long a breach has to hold before it fires.',
      select: { forMs: true },
      resolve: ({ forMs }) => formatDuration(forMs),
    }),
    keepFiringFor: t.field({
      type: 'Duration',
      description: 'How long its end has to hold before the incident is resolved.',
      select: { keepFiringMs: true },
      resolve: ({ keepFiringMs }) => formatDuration(keepFiringMs),
    }),
    minSamples: t.exposeInt('minSamples', { description: 'Number of rows below which nothing is a breach.' }),
    noData: t.expose('noData', { type: AlertNoData, description: 'What a window without data means.' }),
    severity: t.expose('severity', { type: IncidentSeverity, description: 'Severity of its incidents.' }),
    criticalSeverity: t.expose('criticalSeverity', {
      type: IncidentSeverity,
      description: 'Severity beyond the critical threshold.',
    }),
    labels: t.field({
      type: [Label],
      description: 'Labels of its incidents, beside those of the series.',
      extensions: small,
      select: { labels: true },
      resolve: ({ labels }) => list(labels),
    }),
    annotations: t.field({
      type: [Label],
      description: 'Texts of its incidents: `title`, `description` and any others.',
      extensions: small,
      select: { annotations: true },
      resolve: ({ annotations }) => list(annotations),
    }),
    channels: t.exposeStringList('channels', {
      description: 'Names of the channels that are to be told of its incidents.',
      extensions: small,
    }),
    definition: t.field({
      type: 'JSON',
      description: 'The whole rule, in the form that `applyAlertRules` and files take.',
      select: {},
      extensions: longText(DEFINITION_CHARACTERS),
      resolve: definitionOf,
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why it could not be evaluated last; null when it was.',
    }),
    errorAt: t.expose('errorAt', { type: 'DateTime', nullable: true, description: 'Time of the error.' }),
    lastFiredAt: t.expose('lastFiredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time when one of its series began to fire last; null when none ever did.',
    }),
    version: t.exposeInt('version', { description: 'Version, which each change increases by one.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Creation time.' }),
  }),
})
