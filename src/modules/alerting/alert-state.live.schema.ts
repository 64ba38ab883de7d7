import { tenantOf } from '../../graphql/context.ts'
import { Label } from '../../graphql/labels.ts'
import { eventField, eventType } from '../../graphql/live.ts'
import { AlertRule } from './alert-rule.types.schema.ts'
import { AlertLevel, AlertState } from './alert.schema.ts'
import { alertStateChangedTopic } from './alerting.topics.ts'

const AlertStateChanged = eventType(alertStateChangedTopic, 'AlertStateChanged', {
  description: 'One change of the state of one series of an alert rule.',
  fields: (payload, t) => ({
    rule: payload('rule', { type: 'String', description: 'Name of the rule.' }),
    fingerprint: payload('fingerprint', { type: 'String', description: 'Fingerprint of its incident.' }),
    labels: t.field({
      type: [Label],
      description: 'Labels of its incident: those of the rule, and the values of `groupBy`.',
      extensions: { cost: { small: true, items: 37 } },
      resolve: ({ payload: { labels } }) => Object.entries(labels).map(([name, value]) => ({ name, value })),
    }),
    before: payload('before', { type: AlertState, description: 'State before the change.' }),
    after: payload('after', { type: AlertState, description: 'State after the change.' }),
    level: payload('level', {
      type: AlertLevel,
      nullable: true,
      description: 'Which threshold is breached.',
    }),
    value: payload('value', { type: 'Float', nullable: true, description: 'Value; null without data.' }),
    at: payload('at', { type: 'DateTime', description: 'Tick at which it changed.' }),
    alertRule: t.prismaField({
      type: AlertRule,
      nullable: true,
      description: 'The rule as it is now; null once it is deleted.',
      resolve: (query, { payload: { ruleId } }, _args, context) =>
        context.modules.alertRules.reads.find(tenantOf(context), { id: ruleId }, query),
    }),
  }),
})

eventField('alertStateChanged', {
  topic: alertStateChangedTopic,
  action: 'alertRule:read',
  type: AlertStateChanged,
  union: 'AlertStateUpdate',
  description:
    'Every change of state of series of alert rules, once and in order; after a cursor also those that were missed.',
  filterName: 'AlertStateChange',
  items: 'changes of state',
  filter: (is) => ({
    rule: is.text('Name of the rule.'),
    after: is.oneOf(AlertState, 'State after the change.'),
    level: is.oneOf(AlertLevel, 'Which threshold is breached.'),
  }),
})
