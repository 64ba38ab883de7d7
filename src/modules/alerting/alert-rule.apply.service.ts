import type { Permit } from '../../auth/permit.ts'
import type { Measure } from '../../ingest/measure.ts'
import { isUniqueViolation } from '../../platform/postgres/errors.ts'
import { ConflictError, LimitError } from '../../platform/problems.ts'
import { checkedRules, editsOf, type RuleEdit } from './alert-rule.apply.ts'
import type { AlertRuleApplyStore } from './alert-rule.apply.store.ts'
import { MAX_RULES } from './alert-rule.service.ts'

/** As many as fit into a request; a tenant with more has several files. */
export const MAX_APPLIED = 500
/** A wrong file must not cost more; whoever means it deletes in several steps. */
export const MAX_PRUNED = 500

export type ApplyInput = {
  readonly rules: readonly unknown[]
  readonly dryRun?: boolean | null | undefined
  readonly prune?: boolean | null | undefined
}

const of = (edits: readonly RuleEdit[], change: RuleEdit['change']): number =>
  edits.filter((edit) => edit.change === change).length

/** Rules as a file. */
export const createAlertRuleApplyService = ({
  store,
  measures,
}: {
  readonly store: AlertRuleApplyStore
  readonly measures: ReadonlyMap<string, Measure>
}) => ({
  /**
   * Makes the tenant's rules those of a list, and answers what changed. Throws ValidationError with all that is wrong,
   * LimitError, and ConflictError when somebody else changed a name meanwhile; then nothing is changed.
   */
  apply: async (permit: Permit<'alertRule:write'>, input: ApplyInput): Promise<readonly RuleEdit[]> => {
    const prune = input.prune ?? false
    if (input.rules.length > MAX_APPLIED)
      throw new LimitError(`A call takes at most ${MAX_APPLIED} rules. Split the file.`, ['rules'])
    const rules = checkedRules(input.rules, measures)
    const names = prune ? 'all' : rules.map(({ name }) => name)
    const work = store.apply(permit, names, input.dryRun ?? false, (rows, count) => {
      const edits = editsOf(rows, rules, prune)
      const deleted = of(edits, 'DELETED')
      if (deleted > MAX_PRUNED)
        throw new LimitError(`A call deletes at most ${MAX_PRUNED} rules, and this one ${deleted}.`, [
          'prune',
        ])
      if (count + of(edits, 'CREATED') - deleted > MAX_RULES)
        throw new LimitError(`A tenant has at most ${MAX_RULES} alert rules.`, ['rules'])
      return edits
    })
    const edits = await work.catch((error: unknown) => {
      if (!isUniqueViolation(error)) throw error
      throw new ConflictError('Somebody changed the name of a rule meanwhile. Apply the rules again.', [
        'rules',
      ])
    })
    return edits ?? []
  },
})
