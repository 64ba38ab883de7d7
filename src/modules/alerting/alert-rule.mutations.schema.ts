import { LabelInput } from '../../graphql/labels.ts'
import { deleted, mutation, only } from '../../graphql/mutation.ts'
import { idOf, type InputBuilder } from '../../graphql/mutation-input.ts'
import { IncidentSeverity } from '../incidents/incident.types.schema.ts'
import {
  AlertAggregate,
  AlertNoData,
  AlertOperator,
  AlertRule,
  RuleFilterInput,
} from './alert-rule.types.schema.ts'
import type { RuleInput } from './alert-rule.rules.ts'

const rule = only('alertRule', AlertRule, 'The alert rule.')

const fields = (t: InputBuilder) => ({
  description: t.string({ description: 'What it is for (2,000 characters at most; default: empty).' }),
  enabled: t.boolean({ description: 'Whether it is evaluated (default: true).' }),
  field: t.string({
    description:
      'Number that is measured (default: the only one of the dataset). COUNT, RATIO and ABSENCE have none.',
  }),
  filter: t.field({ type: RuleFilterInput, description: 'Which rows (default: all).' }),
  outOf: t.field({
    type: RuleFilterInput,
    description: 'Of RATIO: what they are a part of (default: all rows).',
  }),
  groupBy: t.stringList({
    description:
      'Labels (5 at most) whose values tell series apart, each with an incident of its own (default: none).',
  }),
  operator: t.field({
    type: AlertOperator,
    description: 'How the value is compared; required but for ABSENCE.',
  }),
  threshold: t.float({ description: 'Where a breach begins; required but for ABSENCE.' }),
  criticalThreshold: t.float({ description: 'Where it is critical (default: nowhere).' }),
  recoveryThreshold: t.float({ description: 'Where it ends (default: at the threshold).' }),
  for: t.field({
    type: 'Duration',
    description: 'How long it has to hold before it fires, a day at most (default PT0S).',
  }),
  keepFiringFor: t.field({
    type: 'Duration',
    description:
      'How long its end has to hold before the incident is resolved, a day at most (default PT0S).',
  }),
  reopenWithin: t.field({
    type: 'Duration',
    description:
      'How long after it was resolved an incident is opened again rather than a new one, 7 days at most (default PT10M).',
  }),
  delay: t.field({
    type: 'Duration',
    description:
      "How long rows still on their way are waited for, an hour at most (default PT10S). A breach that more rows can't undo, such as COUNT above a threshold, waits for none.",
  }),
  minSamples: t.int({ description: 'Number of rows below which nothing is a breach (default 1).' }),
  noData: t.field({ type: AlertNoData, description: 'What a window without data means (default OK).' }),
  severity: t.field({ type: IncidentSeverity, description: 'Severity of its incidents (default MEDIUM).' }),
  criticalSeverity: t.field({
    type: IncidentSeverity,
    description: 'Severity beyond the critical threshold (default CRITICAL).',
  }),
  labels: t.field({
    type: [LabelInput],
    description:
      'Labels of its incidents, 32 at most, names of 1-128 characters, values of 1,000 at most (default: none).',
  }),
  annotations: t.field({
    type: [LabelInput],
    description:
      'Texts of its incidents, 32 at most: `title`, `description` and any others, with {{value}}, {{threshold}}, {{rule}} and {{labels.NAME}} filled in (default: none).',
  }),
  channels: t.stringList({
    description: 'Names of channels that there are, which are to be told, 20 at most (default: none).',
  }),
})

mutation('createAlertRule', {
  action: 'alertRule:write',
  creates: true,
  description: 'Creates an alert rule, which is evaluated from the next tick on.',
  input: (t) => ({
    name: t.string({
      required: true,
      description: 'Name for people (1-200 characters); unique in the tenant.',
    }),
    dataset: t.string({
      required: true,
      description: 'Dataset whose rows are measured, such as log_events.',
    }),
    aggregate: t.field({ type: AlertAggregate, required: true, description: 'What is made of them.' }),
    window: t.field({
      type: 'Duration',
      required: true,
      description: 'Length of the window, a day at most, and at least that of the usual distance of rows.',
    }),
    ...fields(t),
  }),
  run: (permit, input, { alertRules }) => alertRules.service.create(permit, input as RuleInput),
  payload: rule,
})

mutation('updateAlertRule', {
  action: 'alertRule:write',
  description:
    'Changes those fields of an alert rule that are given; null sets the default. Open incidents stay open as long as it measures the same.',
  input: (t) => ({
    id: idOf(t, 'AlertRule'),
    name: t.string({ description: 'Name for people (1-200 characters); unique in the tenant.' }),
    dataset: t.string({ description: 'Dataset whose rows are measured, such as log_events.' }),
    aggregate: t.field({ type: AlertAggregate, description: 'What is made of them.' }),
    window: t.field({ type: 'Duration', description: 'Length of the window, a day at most.' }),
    ...fields(t),
    expectedVersion: t.int({
      description: 'Version that the client has seen: a newer one is a ConflictError (default: any version).',
    }),
  }),
  run: (permit, input, { alertRules }) => alertRules.service.update(permit, input as never),
  payload: rule,
})

mutation('deleteAlertRule', {
  action: 'alertRule:write',
  description: 'Deletes an alert rule. Its open incidents are resolved at the next tick, and stay.',
  input: (t) => ({ id: idOf(t, 'AlertRule') }),
  run: (permit, { id }, { alertRules }) => alertRules.service.remove(permit, id),
  payload: deleted('AlertRule'),
})
