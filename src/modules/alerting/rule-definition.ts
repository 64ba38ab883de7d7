import { formatDuration } from '../../platform/duration.ts'
import type { Prisma } from '../../../generated/prisma/client.ts'
import type { CheckedRule } from './alert-rule.checks.ts'
import type { AlertRuleRow } from './alert-rule.store.ts'

type Columns = keyof ReturnType<typeof columnsOf>
type Json = 'filter' | 'outOf' | 'labels' | 'annotations'
/** What a rule says, as it is stored or is to be stored. */
type RuleColumns = Pick<AlertRuleRow, Exclude<Columns, Json>> & { readonly [Name in Json]: unknown }

/** A rule as people write it: what makes the same rule again. */
export const definitionOf = (row: RuleColumns) => ({
  name: row.name,
  description: row.description,
  enabled: row.enabled,
  dataset: row.dataset,
  aggregate: row.aggregate,
  field: row.field,
  filter: row.filter,
  outOf: row.outOf,
  groupBy: row.groupBy,
  // ABSENCE compares nothing.
  operator: row.aggregate === 'ABSENCE' ? null : row.operator,
  threshold: row.aggregate === 'ABSENCE' ? null : row.threshold,
  criticalThreshold: row.criticalThreshold,
  recoveryThreshold: row.recoveryThreshold,
  window: formatDuration(row.windowMs),
  for: formatDuration(row.forMs),
  keepFiringFor: formatDuration(row.keepFiringMs),
  reopenWithin: formatDuration(row.reopenMs),
  delay: row.delayMs === null ? null : formatDuration(row.delayMs),
  minSamples: row.minSamples,
  noData: row.noData,
  severity: row.severity,
  criticalSeverity: row.criticalSeverity,
  labels: row.labels,
  annotations: row.annotations,
  channels: row.channels,
})

/** The columns of a rule that people wrote. */
export const columnsOf = (rule: CheckedRule) => {
  const { window, for: held, keepFiringFor, reopenWithin, delay, filter, outOf, ...rest } = rule
  return {
    ...rest,
    filter: filter as Prisma.InputJsonObject,
    outOf: outOf as Prisma.InputJsonObject,
    windowMs: window,
    forMs: held,
    keepFiringMs: keepFiringFor,
    reopenMs: reopenWithin,
    delayMs: delay,
  }
}
