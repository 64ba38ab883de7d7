import type { View } from '../../platform/bus/live-state.ts'

/** How far back events count. */
export const RATE_WINDOW_MS = 60_000
/** What a rate is an average of: short enough to follow, long enough not to jump with every event. */
const RATE_MS = 10_000
const SECOND_MS = 1_000
/** Start of the second that runs. */
export const secondOf = (nowMs: number): number => Math.floor(nowMs / SECOND_MS) * SECOND_MS
/** As many as a chart shows apart. */
export const MAX_RATES = 20

/** Events of one project and type in one second. */
export type SecondCount = {
  readonly project: string
  readonly eventType: string
  readonly secondMs: number
  readonly count: number
}

export type ProductRate = {
  readonly eventType: string
  /** Average of the last ten whole seconds. */
  readonly perSecond: number
  readonly lastMinute: number
}

/** Shared by all who watch: not to be changed. */
export type ProductRates = Omit<ProductRate, 'eventType'> & {
  readonly types: readonly ProductRate[]
  /** When they were counted. */
  readonly at: Date
}

/** Of all projects, or of one. */
const keyOf = (project: string | undefined): string => `rates ${project ?? ''}`
const keysOf = (counts: readonly SecondCount[]): ReadonlySet<string> =>
  new Set([keyOf(undefined), ...counts.map(({ project }) => keyOf(project))])
const none: ReadonlySet<string> = new Set()

/**
 * The fold of the rates: the events of each second of the last minute, as the store counts them. A second
 * counts whole, once it is over: with the part of the one that runs a rate would be of more than its time. It
 * goes down by itself when nothing comes.
 */
export const createProductRates = () => {
  let counts: readonly SecondCount[] = []
  /** Those of before the newest load: what they were of changes, if only to nothing. */
  let replaced: readonly SecondCount[] = []
  let loaded = true
  let shownSecond = 0

  /** Seconds that are still to come are loaded with the others, and wait here: clocks of producers run ahead. */
  const over = (nowMs: number, project: string | undefined): readonly SecondCount[] =>
    counts.filter(
      ({ secondMs, project: of }) => secondMs < secondOf(nowMs) && (project === undefined || of === project),
    )
  const rate = (of: readonly SecondCount[], nowMs: number): Omit<ProductRate, 'eventType'> => {
    const since = (ms: number): number =>
      of.reduce((sum, { secondMs, count }) => (secondMs >= secondOf(nowMs) - ms ? sum + count : sum), 0)
    return { perSecond: since(RATE_MS) / (RATE_MS / SECOND_MS), lastMinute: since(RATE_WINDOW_MS) }
  }

  return {
    /** A digest says only that there is something to load. */
    offer: (): void => {},
    load: (seconds: readonly SecondCount[]): void => {
      replaced = counts
      counts = seconds
      loaded = true
    },
    update: (nowMs: number): ReadonlySet<string> => {
      const second = secondOf(nowMs)
      const moved = counts.length > 0 && second !== shownSecond
      if (!loaded && !moved) return none
      const changed = keysOf([...counts, ...replaced])
      replaced = []
      counts = counts.filter(({ secondMs }) => secondMs >= secondOf(nowMs) - RATE_WINDOW_MS)
      loaded = false
      shownSecond = second
      return changed
    },
    read: (nowMs: number, project?: string): ProductRates => {
      const own = over(nowMs, project)
      const types = [...Map.groupBy(own, ({ eventType }) => eventType)]
        .map(([eventType, ofType]) => ({ eventType, ...rate(ofType, nowMs) }))
        .toSorted((a, b) => b.lastMinute - a.lastMinute || (a.eventType < b.eventType ? -1 : 1))
      return { ...rate(own, nowMs), types: types.slice(0, MAX_RATES), at: new Date(nowMs) }
    },
  }
}

export type ProductRateCount = ReturnType<typeof createProductRates>

/** The rates of all projects, or of one: its UUID. */
export const productRatesView = (project?: string): View<ProductRateCount, ProductRates> => ({
  key: keyOf(project),
  read: (count, nowMs) => count.read(nowMs, project),
  compared: (value) => ({ ...value, at: null }),
})
