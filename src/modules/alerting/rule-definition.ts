import type { Prisma } from '../../../generated/prisma/client.ts'
import { formatDuration } from '../../platform/duration.ts'
import type { CheckedRule } from './alert-rule.checks.ts'

/** A rule as it is stored. */
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

type Columns = ReturnType<typeof columnsOf>
type Json = 'filter' | 'outOf' | 'labels' | 'annotations'

/** A rule as people write it: what makes the same rule again. */
export const definitionOf = (row: Omit<Columns, Json> & { readonly [Name in Json]: unknown }) => ({
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
