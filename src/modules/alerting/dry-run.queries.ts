import type { Measure } from '../../ingest/measure.ts'
import type { ClickHouse, QueryOptions } from '../../platform/clickhouse/client.ts'
import type { Clock } from '../../platform/clock.ts'
import { NIL_UUID, type TenantId } from '../../platform/ids.ts'
import { NotFoundError } from '../../platform/problems.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { checkedRule } from './alert-rule.checks.ts'
import type { RuleInput } from './alert-rule.rules.ts'
import type { AlertRuleStore } from './alert-rule.store.ts'
import { createDryRun, type DryRun } from './dry-run.ts'
import { columnsOf } from './rule-definition.ts'
import { ruleOf, type RuleRow } from './rule-of.ts'
import { createSlotQueries } from './slots.queries.ts'

/** A rule that is stored, or one as people write it. */
type Asked = { readonly id: string } | { readonly definition: unknown }

export const createDryRunQueries = (deps: {
  readonly clickHouse: ClickHouse
  readonly clock: Clock
  readonly measures: ReadonlyMap<string, Measure>
  readonly reads: Pick<AlertRuleStore['reads'], 'find'>
}) => {
  const { measures, reads } = deps
  const dryRun = createDryRun({ slots: createSlotQueries(deps), measures })

  return {
    /**
     * What a rule would have done over a past range. Throws ValidationError for a definition that can't be evaluated,
     * NotFoundError, LIMIT_EXCEEDED, and as ClickHouse.query.
     */
    dryRun: async (
      tenant: TenantId,
      asked: Asked,
      window: TimeRange & { readonly everyMs?: number | undefined },
      options: QueryOptions,
    ): Promise<DryRun> => {
      const row =
        'id' in asked
          ? await reads.find(tenant, { id: asked.id })
          : draftOf(checkedRule(asked.definition as RuleInput, measures))
      if (!row) throw new NotFoundError('There is no alert rule with this id.', ['id'])
      return dryRun(ruleOf(tenant, row), window, options)
    },
  }
}

/** A rule that is written nowhere. */
export const draftOf = (rule: ReturnType<typeof checkedRule>): RuleRow => ({
  ...(columnsOf(rule) as Pick<RuleRow, keyof ReturnType<typeof columnsOf>>),
  id: NIL_UUID,
  version: 0,
  error: null,
  errorAt: null,
})
