import { setImmediate as turn } from 'node:timers/promises'
import type { Measure } from '../../ingest/measure.ts'
import { AppError } from '../../platform/errors.ts'
import type { TimeRange } from '../../platform/time-range.ts'
import { TICK_MS } from './evaluator.ts'
import { planOf, type Question } from './plan.ts'
import type { AlertLevel, Rule } from './rule.ts'
import { isFiring } from './series-state.ts'
import { slotTree, type Rows } from './slot-tree.ts'
import type { SlotQueries } from './slots.queries.ts'
import { watchSeries, type Series, type Step } from './watched-series.ts'
import { labelsOf } from './words.ts'

/** A time in which a rule would have had an incident open. */
export type Episode = {
  readonly labels: Readonly<Record<string, string>>
  readonly startedAt: Date
  /** Null when it goes on beyond the range. */
  endedAt: Date | null
  /** The worst value; null without data. */
  peak: number | null
  /** The worst level. */
  level: AlertLevel
}

export type DryRun = TimeRange & {
  /** Distance of the ticks. */
  readonly everyMs: number
  readonly ticks: number
  readonly series: number
  readonly episodes: readonly Episode[]
}

const MAX_TICKS = 20_000
export const MAX_EPISODES = 1_000
/** Rows of all windows, as they are added up: some seconds' work, and of percentiles more than anybody waits for. */
const MAX_ADDED = 50_000_000
/** Distances that people would choose; the first that is not too many ticks is taken. */
const DISTANCES = [TICK_MS, 10_000, 30_000, 60_000, 300_000]
/** Others on this server wait no longer. */
const TURN_MS = 10

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** Ticks of a range at the distance that was asked for, or at one that is not too many. Throws LIMIT_EXCEEDED. */
const distanceOf = ({ from, to }: TimeRange, everyMs: number | undefined): number => {
  const lengthMs = to.getTime() - from.getTime()
  const chosen = everyMs ?? DISTANCES.find((each) => lengthMs / each <= MAX_TICKS) ?? DISTANCES.at(-1)!
  if (chosen % TICK_MS !== 0 || lengthMs / chosen > MAX_TICKS)
    throw new AppError(
      'LIMIT_EXCEEDED',
      `A dry run has at most ${MAX_TICKS} ticks, a multiple of ${TICK_MS / 1_000} s apart. Take a shorter range, or a larger \`every\`.`,
    )
  return chosen
}

/** Takes the rows of each window that ends at a tick, or so long before it. Throws LIMIT_EXCEEDED. */
const windowsOver = (
  question: Question,
  tree: ReturnType<typeof slotTree>,
  { rule, mostAdded }: { readonly rule: Rule; readonly mostAdded: number },
) => {
  const watched = watchSeries(question)
  let added = 0
  return {
    count: () => watched.series().toArray().length,
    /** Yields wherever others may have their turn. */
    *tick(atMs: number): Generator<void, Step[]> {
      for (const delayMs of question.delays) {
        const toMs = atMs - delayMs
        const take = ({ keys, columns }: Rows): void => {
          added += keys.length
          if (added > mostAdded)
            throw new AppError(
              'LIMIT_EXCEEDED',
              'The windows of this dry run have too many rows together. Take a shorter range, a larger `every`, a shorter window, or fewer labels in groupBy.',
            )
          watched.take(rule.tenant, keys, columns, delayMs, atMs)
        }
        yield* tree.take(toMs - question.windowMs, toMs, take)
      }
      tree.forget(atMs - question.windowMs - question.delays.at(-1)!)
      return watched.advance(atMs)
    },
  }
}

/** Gathers episodes from the steps of series. */
const gather = () => {
  const episodes: Episode[] = []
  const open = new Map<Series, Episode>()
  const take = ({ series, before }: Step, atMs: number): void => {
    const { state } = series
    const own = open.get(series)
    if (own) own.peak = series.peak
    if (own && state.level === 'CRITICAL') own.level = 'CRITICAL'
    if (!isFiring(before) && isFiring(state)) {
      const episode = {
        labels: labelsOf(series),
        startedAt: new Date(atMs),
        endedAt: null,
        peak: series.peak,
        level: state.level ?? 'WARNING',
      }
      open.set(series, episode)
      episodes.push(episode)
    } else if (own && !isFiring(state)) {
      own.endedAt = new Date(atMs)
      open.delete(series)
    }
  }
  const done = (): readonly Episode[] => {
    for (const [series, episode] of open) episode.peak = series.peak
    return episodes
  }
  return { take, done, isFull: () => episodes.length >= MAX_EPISODES }
}

/**
 * What a rule would have done over a past range: the evaluator's own steps, over windows of rows that are there now. Ticks
 * are at whole multiples of their distance; every series begins as OK. Where rows came later than the rule waits, what
 * happened live was another. Throws as SlotQueries.read, and LIMIT_EXCEEDED for more rows than have their time.
 */
export const createDryRun =
  ({
    slots,
    measures,
    mostAdded = MAX_ADDED,
  }: {
    readonly slots: SlotQueries
    readonly measures: ReadonlyMap<string, Measure>
    /** Rows that the windows of a dry run may have together. */
    readonly mostAdded?: number
  }) =>
  async (
    rule: Rule,
    asked: TimeRange & { readonly everyMs?: number | undefined },
    options?: Parameters<SlotQueries['read']>[4],
  ): Promise<DryRun> => {
    const everyMs = distanceOf(asked, asked.everyMs)
    const [question] = planOf([rule], measures)
    if (!question) throw new AppError('NOT_FOUND', `There is no dataset "${rule.dataset}" to measure.`)
    const firstMs = Math.ceil(asked.from.getTime() / everyMs) * everyMs
    const slotMs = [question.windowMs, ...question.delays].reduce(gcd, everyMs)
    const from = new Date(firstMs - question.windowMs - question.delays.at(-1)!)
    const range = { from, to: asked.to }
    // Nobody else holds the slots, so that those that windows are past can go.
    const tree = slotTree(question, await slots.read(question, rule.tenant, range, slotMs, options), slotMs)
    const windows = windowsOver(question, tree, { rule, mostAdded })
    const found = gather()
    let ticks = 0
    function* work(): Generator<void, void> {
      for (let atMs = firstMs; atMs <= asked.to.getTime() && !found.isFull(); atMs += everyMs) {
        for (const step of yield* windows.tick(atMs)) found.take(step, atMs)
        ticks += 1
        yield
      }
    }
    let turnMs = performance.now()
    for (const _ of work()) {
      if (performance.now() - turnMs < TURN_MS) continue
      await turn()
      options?.signal?.throwIfAborted()
      turnMs = performance.now()
    }
    return { from: asked.from, to: asked.to, everyMs, ticks, series: windows.count(), episodes: found.done() }
  }
