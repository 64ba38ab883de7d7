import type {
  AlertAggregate,
  AlertLevel,
  AlertNoData,
  AlertOperator,
  AlertState,
  IncidentSeverity,
} from '../../../generated/prisma/enums.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'

export type { AlertAggregate, AlertLevel, AlertNoData, AlertOperator, AlertState }

/** When what is measured is too much, for how long, and until when: all that moves the state of a series. */
export type Condition = {
  readonly aggregate: AlertAggregate
  readonly operator: AlertOperator
  readonly threshold: number
  readonly criticalThreshold: number | null
  readonly recoveryThreshold: number | null
  readonly forMs: number
  readonly keepFiringMs: number
  readonly minSamples: number
  readonly noData: AlertNoData
}

/** What is measured: of which rows, told apart by what, in a window of which length. */
export type Measured = {
  readonly dataset: string
  readonly aggregate: AlertAggregate
  readonly field: string | null
  readonly filter: Filter
  readonly outOf: Filter
  readonly groupBy: readonly string[]
  readonly windowMs: number
  /** Null for the usual one. */
  readonly delayMs: number | null
}

/** A rule as it is evaluated. */
export type Rule = Condition &
  Measured & {
    readonly id: string
    readonly tenant: TenantId
    readonly name: string
    readonly description: string
    readonly version: number
    /** What it measures, as one text: while that is the same, its series are the same. */
    readonly scope: string
    readonly severity: IncidentSeverity
    readonly criticalSeverity: IncidentSeverity
    readonly reopenMs: number
    /** Of its incidents, beside those of the series. */
    readonly labels: Readonly<Record<string, string>>
    /** `title` and `description` of its incidents, with placeholders, and whatever else. */
    readonly annotations: Readonly<Record<string, string>>
    /** Whether it was told to be wrong. */
    readonly error: string | null
  }

/** Rows that came are stored within this, at the measured 99th percentile of a busy writer and more. */
export const USUAL_DELAY_MS = 10_000

const compare: Readonly<Record<AlertOperator, (value: number, threshold: number) => boolean>> = {
  GT: (value, threshold) => value > threshold,
  GTE: (value, threshold) => value >= threshold,
  LT: (value, threshold) => value < threshold,
  LTE: (value, threshold) => value <= threshold,
  EQ: (value, threshold) => value === threshold,
  NEQ: (value, threshold) => value !== threshold,
}

export const holds = (operator: AlertOperator, value: number, threshold: number): boolean =>
  compare[operator](value, threshold)

/** Whether larger values are worse, smaller ones, or neither. */
export const direction = (operator: AlertOperator): 1 | -1 | 0 =>
  operator === 'GT' || operator === 'GTE' ? 1 : operator === 'LT' || operator === 'LTE' ? -1 : 0

/** Whether no row at all is a value, 0, and not the lack of one. */
export const countsNothing = ({ aggregate }: Pick<Condition, 'aggregate'>, field: string | null): boolean =>
  aggregate === 'COUNT' || aggregate === 'ABSENCE' || (aggregate === 'RATE' && field === null)

/**
 * Whether rows that are still on their way can't undo a breach: more rows only make a count or a maximum larger, and a
 * minimum smaller. Such a rule needn't wait for them.
 */
export const isFinal = ({ aggregate, operator }: Pick<Condition, 'aggregate' | 'operator'>): boolean =>
  aggregate === 'COUNT' || aggregate === 'MAX'
    ? direction(operator) === 1
    : aggregate === 'MIN' && direction(operator) === -1

/** Whether a series that has no rows any more has to be looked at: a group of which there were rows. */
export const watchesSilence = (rule: Condition & Pick<Measured, 'field' | 'groupBy'>): boolean =>
  rule.groupBy.length > 0 &&
  (countsNothing(rule, rule.field) ? holds(rule.operator, 0, rule.threshold) : rule.noData === 'ALERT')
