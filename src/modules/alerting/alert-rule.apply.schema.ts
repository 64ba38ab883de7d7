import { builder } from '../../graphql/builder.ts'
import { mutation } from '../../graphql/mutation.ts'
import { MAX_APPLIED, MAX_PRUNED } from './alert-rule.apply.service.ts'
import type { RuleDifference, RuleEdit } from './alert-rule.apply.ts'
import { ruleDefinition } from './alert-rule.rules.ts'
import { longText } from '../../graphql/limits/cost.ts'

const ChangeKind = builder.enumType('AlertRuleChangeKind', {
  description: 'What applying a list of rules does to one of them.',
  values: {
    CREATED: { description: 'It is in the list and was not there.' },
    UPDATED: { description: 'It differed from that of the list; its version is one higher.' },
    DELETED: { description: 'It was there and is not in the list.' },
    UNCHANGED: { description: 'It is there as in the list.' },
  },
})

// Of all fields of a rule only labels and annotations are longer, hence not those of a whole list.
const value = longText(4_000)

const Difference = builder.objectRef<RuleDifference>('AlertRuleDifference').implement({
  description: 'A field of an alert rule that differs.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Name of the field, as in `AlertRule.definition`.' }),
    before: t.expose('before', {
      type: 'JSON',
      nullable: true,
      description: 'Value that it had.',
      extensions: value,
    }),
    after: t.expose('after', {
      type: 'JSON',
      nullable: true,
      description: 'Value that it has now.',
      extensions: value,
    }),
  }),
})

const RuleChange = builder.objectRef<RuleEdit>('AlertRuleChange').implement({
  description: 'What applying a list of rules does to one rule.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the rule.' }),
    change: t.expose('change', { type: ChangeKind, description: 'What is done.' }),
    differences: t.field({
      type: [Difference],
      description: 'Fields that differ; none unless it is UPDATED.',
      extensions: { cost: { small: true, items: Object.keys(ruleDefinition.shape).length } },
      resolve: ({ differences }) => differences,
    }),
  }),
})

mutation('applyAlertRules', {
  action: 'alertRule:write',
  description:
    'Makes the alert rules of the tenant those of a list, all in one transaction: by name, creates what is not there and updates what differs. The same list again changes nothing.',
  input: (t) => ({
    rules: t.field({
      type: ['JSON'],
      required: true,
      description: `Rules in the form of \`AlertRule.definition\`, ${MAX_APPLIED} at most; what is left out has its default.`,
    }),
    dryRun: t.boolean({
      description: 'Whether to answer what would change, and change nothing (default: false).',
    }),
    prune: t.boolean({
      description: `Whether to delete the rules that are not in the list, ${MAX_PRUNED} at most (default: false).`,
    }),
  }),
  run: (permit, input, { alertRules }) => alertRules.service.apply(permit, input),
  payload: (t) => ({
    changes: t.field({
      type: [RuleChange],
      description: 'What is done to each rule, in the order of the list; deleted ones follow by name.',
      extensions: { cost: { small: true, items: MAX_APPLIED + MAX_PRUNED } },
      resolve: (edits) => edits,
    }),
  }),
})
