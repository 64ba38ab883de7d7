import type { Permit } from '../../auth/permit.ts'
import type { Measure } from '../../ingest/measure.ts'
import { LimitError } from '../../platform/problems.ts'
import { expecting, found, givenOf, taken } from '../../platform/write-problems.ts'
import { checkedRule } from './alert-rule.checks.ts'
import type { RuleInput } from './alert-rule.rules.ts'
import type { AlertRuleRow, AlertRuleStore } from './alert-rule.store.ts'
import { definitionOf } from './rule-definition.ts'

type Writes = Permit<'alertRule:write'>
/** What is absent stays; null is the default. */
export type RuleChange = Partial<RuleInput> & {
  readonly id: string
  readonly expectedVersion?: number | null | undefined
}

/** All of a machine's evaluator; more are a program's. */
export const MAX_RULES = 10_000

/** Rules of alert rules. A change takes effect at the evaluator's next tick. */
export const createAlertRuleService = ({
  store,
  measures,
}: {
  readonly store: AlertRuleStore
  readonly measures: ReadonlyMap<string, Measure>
}) => ({
  /** Throws ValidationError (it can't be evaluated, or names a channel that there is none of), ConflictError (the name is taken), LimitError. */
  create: async (permit: Writes, input: RuleInput): Promise<AlertRuleRow> => {
    const rule = checkedRule(input, measures)
    const created = await store.create(permit, rule, MAX_RULES).catch(taken('a rule', rule.name))
    if (!created) throw new LimitError(`A tenant has at most ${MAX_RULES} alert rules.`)
    return created
  },

  /** Changes what is given. Throws as `create`, NotFoundError, and ConflictError for an older version. */
  update: async (permit: Writes, { id, expectedVersion, ...input }: RuleChange): Promise<AlertRuleRow> => {
    const work = store.update(permit, id, (row) => {
      expecting(expectedVersion, 'rule')(row)
      return checkedRule({ ...(definitionOf(row) as RuleInput), ...givenOf(input) }, measures)
    })
    return found(work.catch(taken('a rule', input.name ?? '')), 'alert rule')
  },

  /** Throws NotFoundError. */
  remove: (permit: Writes, id: string): Promise<AlertRuleRow> =>
    found(store.remove(permit, id), 'alert rule'),
})
