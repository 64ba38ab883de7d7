import { AlertLevel as levels, AlertState as states } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { Label } from '../../graphql/labels.ts'
import { defineList } from '../../graphql/list.ts'
import { Incident } from '../incidents/incident.types.schema.ts'
import { nodeOf } from '../../graphql/node-of.ts'
import { AlertRule } from './alert-rule.types.schema.ts'

export const AlertState = builder.enumType('AlertState', {
  description: 'State of a series of an alert rule.',
  values: {
    OK: { description: 'No breach.', value: states.OK },
    PENDING: { description: 'A breach that has not held for `for` yet.', value: states.PENDING },
    FIRING: { description: 'A breach: its incident is open.', value: states.FIRING },
    RECOVERING: {
      description: 'The breach is over, and has not been for `keepFiringFor` yet.',
      value: states.RECOVERING,
    },
    NO_DATA: { description: 'Without data, which the rule takes for a breach.', value: states.NO_DATA },
  },
})

export const AlertLevel = builder.enumType('AlertLevel', {
  description: 'Which threshold a breach is of.',
  values: {
    WARNING: { description: 'The threshold.', value: levels.WARNING },
    CRITICAL: { description: 'The critical threshold.', value: levels.CRITICAL },
  },
})

const Alert = builder.prismaNode('AlertSeries', {
  name: 'Alert',
  nullable: true,
  id: { field: 'id', description: 'Global id.' },
  description:
    'A series of an alert rule that is not OK: something that is wrong, was until now, or is about to be.',
  authScopes: { action: 'alertRule:read' },
  findUnique: (id, context) => ({ tenantId_id: { tenantId: tenantOf(context), id } }),
  fields: (t) => ({
    ruleName: t.exposeString('ruleName', { description: 'Name of the rule.' }),
    rule: t.field({
      type: AlertRule,
      nullable: true,
      description: 'The rule; null once it is deleted.',
      select: { ruleId: true },
      resolve: ({ ruleId }, _args, context, info) => nodeOf(context, info, 'AlertRule', ruleId),
    }),
    fingerprint: t.exposeString('fingerprint', { description: 'Fingerprint of its incident.' }),
    labels: t.field({
      type: [Label],
      description: 'Labels of its incident: those of the rule, and the values of `groupBy`.',
      extensions: { cost: { small: true, items: 37 } },
      select: { labels: true },
      resolve: ({ labels }) =>
        Object.entries(labels as Record<string, string>).map(([name, value]) => ({ name, value })),
    }),
    state: t.expose('state', { type: AlertState, description: 'State.' }),
    since: t.expose('since', { type: 'DateTime', description: 'Time since which it is so.' }),
    level: t.expose('level', {
      type: AlertLevel,
      nullable: true,
      description: 'Which threshold is breached.',
    }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'Value when the state was written; null without data.',
    }),
    peak: t.exposeFloat('peak', { nullable: true, description: 'Worst value since it fired.' }),
    firedAt: t.expose('firedAt', { type: 'DateTime', nullable: true, description: 'Time when it fired.' }),
  }),
})

const Alerts = defineList({
  model: 'AlertSeries',
  of: Alert,
  items: 'alerts',
  filter: (is) => ({
    ruleName: is.text('Name of the rule.'),
    rule: is.idOf('AlertRule', 'The rule.'),
    state: is.oneOf(AlertState, 'State.'),
    level: is.oneOf(AlertLevel, 'Which threshold is breached.'),
  }),
  order: {
    SINCE: { by: 'since', description: 'Time since which it is so.' },
  },
  first: ['SINCE', 'DESC'],
})
Alerts.root('alerts', {
  action: 'alertRule:read',
  description: 'Alerts of the tenant: series of alert rules that are not OK.',
  rows: ({ alerts }) => alerts.reads,
})
Alerts.below(AlertRule, 'alerts', {
  description: 'Its alerts.',
  within: 'ruleId',
  rows: ({ alerts }) => alerts.reads,
})

builder.prismaObjectField(Incident, 'rule', (t) =>
  t.field({
    type: AlertRule,
    nullable: true,
    description: 'Alert rule that opened it; null for none, and once it is deleted.',
    select: { ruleId: true },
    resolve: ({ ruleId }, _args, context, info) => nodeOf(context, info, 'AlertRule', ruleId),
  }),
)
