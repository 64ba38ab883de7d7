import { AppError } from '../../platform/errors.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Logger } from '../../platform/logger.ts'
import { postgresError } from '../../platform/postgres/errors.ts'
import type { EvaluatorStore, SeriesRow } from './evaluator.store.ts'
import { FAULT } from './fault-series.ts'
import type { Rule } from './rule.ts'
import { MAX_SERIES } from './watched-series.ts'

/** In place of the error of a rule that was changed since. */
const CHANGED = 'changed'

/** A rule that can't be evaluated is looked at so often, to see whether it can again. */
const RETRY_MS = 60_000

const CROWDED = `More than ${MAX_SERIES.toLocaleString('en')} of its series are in breach at once: those that came first go on, and others open nothing. Group by fewer labels, or by ones with fewer values, or take a filter that finds fewer of them.`

const REASONS: { readonly [code: string]: string } = {
  TIMED_OUT:
    'The rows of its window take too long to be read. Take a shorter window, or a filter that finds fewer of them.',
  LIMIT_EXCEEDED:
    'Its groups take more memory than a query may. Group by labels with fewer values, or take a filter that finds fewer of them.',
}

const reasonOf = (error: unknown): string =>
  (error instanceof AppError && REASONS[error.code]) ||
  'It could not be evaluated for a fault of the program, which is in its log.'

/**
 * Rules that are too slow or wrong. Where rules that share a question fail, they are asked in two halves from then on, and
 * so forth: who is left alone with its failure is marked with it and looked at seldom, and harms no other.
 */
export const createFaults = ({
  store,
  told,
  log,
}: {
  readonly store: Pick<EvaluatorStore, 'mark'>
  /** That there is something to be done to incidents of a tenant. */
  readonly told: (tenant: TenantId) => void
  readonly log: Logger
}) => {
  const parts = new Map<string, string>()
  const retryAt = new Map<string, number>()
  const crowdedAt = new Map<string, number>()
  const marked = new Map<string, string | null>()
  const errorOf = ({ id, error }: Rule): string | null => (marked.has(id) ? (marked.get(id) ?? null) : error)

  const mark = async (rule: Rule, error: string | null, atMs: number): Promise<void> => {
    if (errorOf(rule) === error) return
    try {
      await store.mark(rule, error, atMs)
    } catch (failure) {
      if (postgresError(failure)?.code === 'STORE_UNAVAILABLE') throw failure
      const { id, tenant } = rule
      log.error(
        { err: failure, rule: id, tenant },
        'That an alert rule fails, or no longer, waits to be written',
      )
      return // its row is held, say: it is tried again, and the others go on
    }
    marked.set(rule.id, error)
    told(rule.tenant)
  }

  return {
    /**
     * Rules were read again, and the series that there are. One that was faulty until somebody changed it is tried at once:
     * its fault is over, or told again, by what comes of that.
     */
    reread: (rules: readonly Rule[], series: readonly SeriesRow[]): void => {
      marked.clear()
      const faulty = new Set(series.flatMap(({ scope, rule_id }) => (scope === FAULT ? [rule_id] : [])))
      for (const { id, error } of rules) {
        if (error !== null) continue
        retryAt.delete(id)
        crowdedAt.delete(id)
        if (faulty.has(id)) marked.set(id, CHANGED)
      }
    },
    partOf: ({ id }: Rule): string => parts.get(id) ?? '',
    isDue: ([rule]: readonly Rule[], atMs: number): boolean => atMs >= (retryAt.get(rule!.id) ?? 0),
    /** They were evaluated; those of `crowded` as far as their series were not too many. */
    none: async (rules: readonly Rule[], crowded: ReadonlySet<Rule>, atMs: number): Promise<void> => {
      for (const rule of rules) {
        retryAt.delete(rule.id)
        if (crowded.has(rule)) {
          crowdedAt.set(rule.id, atMs)
          await mark(rule, CROWDED, atMs)
          continue
        }
        // One that wavers about the bound is told of once.
        if (errorOf(rule) === null || atMs < (crowdedAt.get(rule.id) ?? -Infinity) + RETRY_MS) continue
        crowdedAt.delete(rule.id)
        await mark(rule, null, atMs)
      }
    },
    /** They failed. True when they are to be asked apart from now on. */
    met: async (rules: readonly Rule[], error: unknown, atMs: number): Promise<boolean> => {
      const [rule] = rules
      if (rules.length === 1) {
        log.warn({ err: error, rule: rule!.id, tenant: rule!.tenant }, 'An alert rule could not be evaluated')
        retryAt.set(rule!.id, atMs + RETRY_MS)
        await mark(rule!, reasonOf(error), atMs)
        return false
      }
      const half = rules.length / 2
      for (const [index, { id }] of rules.entries())
        parts.set(id, `${parts.get(id) ?? ''}${index < half ? 0 : 1}`)
      return true
    },
    /** This program knows no dataset of theirs. */
    unknown: async (rules: readonly Rule[], atMs: number): Promise<void> => {
      for (const rule of rules) {
        if (atMs < (retryAt.get(rule.id) ?? 0)) continue
        retryAt.set(rule.id, atMs + RETRY_MS)
        await mark(rule, `There is no dataset "${rule.dataset}" to measure.`, atMs)
      }
    },
  }
}
