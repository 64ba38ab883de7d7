import { builder } from '../../graphql/builder.ts'
import { tenantOf } from '../../graphql/context.ts'
import { nodeOf } from '../../graphql/node-of.ts'
import { countsRowsFor, type Check } from '../../graphql/limits/cost.ts'
import {
  checkFirst,
  countFields,
  IncidentSeriesRef,
  MAX_GROUPS,
  points,
} from '../incidents/incident-series.schema.ts'
import type { IncidentPart } from '../incidents/incident-series.ts'
import { AlertRule } from './alert-rule.types.schema.ts'

const RuleGroup = builder.objectRef<IncidentPart>('IncidentRuleGroup').implement({
  description: 'Incidents that one alert rule opened, over time.',
  fields: (t) => ({
    rule: t.field({
      type: AlertRule,
      nullable: true,
      description: 'The rule; null once it is deleted.',
      resolve: ({ key }, _args, context, info) => nodeOf(context, info, 'AlertRule', key),
    }),
    ...countFields(t),
    points: t.field({ ...points, resolve: (part) => [...part.points] }),
  }),
})

builder.objectField(IncidentSeriesRef, 'rules', (t) =>
  t.field({
    type: [RuleGroup],
    nullable: true,
    description:
      'The same by the alert rule that opened them, the noisiest first. Those that never fired are in `alertRules(filter: { hasFired: { eq: false } })`.',
    args: {
      first: t.arg.int({
        required: true,
        defaultValue: 10,
        description: `Number of rules (1-${MAX_GROUPS}, default 10).`,
      }),
    },
    extensions: {
      ...countsRowsFor({ items: { most: MAX_GROUPS, of: ({ args }) => Number(args.first) }, passesOn: true }),
      check: (({ first }) => checkFirst(Number(first))) satisfies Check,
    },
    resolve: ({ ask }, { first }, context) => {
      checkFirst(first)
      return context.modules.incidents.queries.groups(tenantOf(context), { ...ask, by: 'rule', first })
    },
  }),
)
