import { createHash } from 'node:crypto'
import type { AlertRule } from '../../../generated/prisma/client.ts'
import type { TenantId } from '../../platform/ids.ts'
import { parseRuleFilter } from './rule-filter.ts'
import type { Rule } from './rule.ts'

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22)

type Names = Readonly<Record<string, string>>
/** What is stored of a rule, as far as it is evaluated. */
export type RuleRow = Omit<
  AlertRule,
  'tenantId' | 'nameFolded' | 'createdAt' | 'updatedAt' | 'lastFiredAt' | 'hasFired'
>

/** The rule of a row, as it is evaluated. */
export const ruleOf = (tenant: TenantId, row: RuleRow): Rule => {
  const { dataset, aggregate, field, groupBy, windowMs } = row
  return {
    ...row,
    tenant,
    labels: row.labels as Names,
    annotations: row.annotations as Names,
    filter: parseRuleFilter(row.filter),
    outOf: parseRuleFilter(row.outOf),
    scope: digest([dataset, aggregate, field, row.filter, row.outOf, groupBy, windowMs]),
  }
}

/** Names the incident of a series: the same rule and values always give the same. */
export const fingerprintOf = (ruleId: string, values: readonly string[]): string =>
  `rule/${ruleId}/${digest(values)}`
