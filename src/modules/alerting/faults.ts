import { AppError } from '../../platform/errors.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Logger } from '../../platform/logger.ts'
import { postgresError } from '../../platform/postgres/errors.ts'
import type { EvaluatorStore, SeriesRow } from './evaluator.store.ts'
import { FAULT } from './fault-series.ts'
import type { Rule } from './rule.ts'
import { MAX_KEPT, MAX_SERIES } from './watched-series.ts'

/** In place of the error of a rule that was changed since. */
const CHANGED = 'changed'

/** A rule that can't be evaluated is looked at so often, to see whether it can again. */
const RETRY_MS = 60_000
/**
 * Rules that were asked apart, and none of whose questions failed for so long, share one again. Longer than `RETRY_MS`, so
 * that one that fails stays apart. Each time that a question which they share again fails it is twice as long, up to the
 * second: one that is too slow as a whole costs its halving a few times, and then once a day.
 */
const [JOIN_MS, MAX_JOIN_MS] = [600_000, 86_400_000]

const CROWDED = `It has more series than a rule may have: ${MAX_SERIES.toLocaleString('en')} in breach at once, and ${MAX_KEPT.toLocaleString('en')} whose silence counts. Those that came first go on, and others open nothing. Group by fewer labels, or by ones with fewer values, or take a filter that finds fewer of them.`

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
 * so forth: who is left alone with its failure, and fails again, is marked with it and looked at seldom, and harms no other.
 * The others share a question again when that has been past for a while.
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
  // Which question of those that would be one a rule shares, when that failed last, and for how long it must not from then on.
  const apart = new Map<
    string,
    { readonly part: string; readonly failedMs: number; readonly waitMs: number }
  >()
  // Those that share one again, since when, and how long they had waited for it.
  const joined = new Map<string, { readonly sinceMs: number; readonly waitedMs: number }>()
  let parts = 0
  // Those whose question failed when they were last asked, alone: a store that was slow for a moment marks nobody.
  const failing = new Set<string>()
  const retryAt = new Map<string, number>()
  const crowdedAt = new Map<string, number>()
  const marked = new Map<string, string | null>()
  const errorOf = ({ id, error }: Rule): string | null => (marked.has(id) ? (marked.get(id) ?? null) : error)

  const setApart = ({ id }: Rule, part: string, atMs: number): void => {
    const waitedMs = joined.get(id)?.waitedMs
    const againMs = waitedMs === undefined ? JOIN_MS : Math.min(2 * waitedMs, MAX_JOIN_MS)
    apart.set(id, { part, failedMs: atMs, waitMs: apart.get(id)?.waitMs ?? againMs })
    joined.delete(id)
  }

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
      const known = new Set(rules.map(({ id }) => id))
      for (const own of [apart, joined, failing, retryAt, crowdedAt])
        for (const id of own.keys()) if (!known.has(id)) own.delete(id)
      const faulty = new Set(series.flatMap(({ scope, rule_id }) => (scope === FAULT ? [rule_id] : [])))
      for (const { id, error } of rules) {
        if (error !== null) continue
        retryAt.delete(id)
        crowdedAt.delete(id)
        if (faulty.has(id)) marked.set(id, CHANGED)
      }
    },
    partOf: ({ id }: Rule): string => apart.get(id)?.part ?? '',
    /** Lets those share a question again that have not failed for long. True when there are any. */
    join: (atMs: number): boolean => {
      const before = apart.size
      for (const [id, { sinceMs }] of joined) if (atMs - sinceMs >= MAX_JOIN_MS) joined.delete(id)
      for (const [id, { failedMs, waitMs }] of apart) {
        if (atMs - failedMs < waitMs) continue
        apart.delete(id)
        joined.set(id, { sinceMs: atMs, waitedMs: waitMs })
      }
      return apart.size < before
    },
    isDue: ([rule]: readonly Rule[], atMs: number): boolean => atMs >= (retryAt.get(rule!.id) ?? 0),
    /** They were evaluated; those of `crowded` as far as their series were not too many. */
    none: async (rules: readonly Rule[], crowded: ReadonlySet<Rule>, atMs: number): Promise<void> => {
      for (const rule of rules) {
        retryAt.delete(rule.id)
        failing.delete(rule.id)
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
        setApart(rule!, rule!.id, atMs) // whoever comes to share its question does not
        if (!failing.has(rule!.id)) failing.add(rule!.id)
        else {
          retryAt.set(rule!.id, atMs + RETRY_MS)
          await mark(rule!, reasonOf(error), atMs)
        }
        return false
      }
      const half = rules.length / 2
      const halves = [`${(parts += 1)}`, `${(parts += 1)}`] as const
      for (const [index, each] of rules.entries()) setApart(each, halves[index < half ? 0 : 1], atMs)
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
