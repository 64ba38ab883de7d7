import { randomUUID } from 'node:crypto'
import type { Measure } from '../../ingest/measure.ts'
import { AppError } from '../../platform/errors.ts'
import type { TenantId } from '../../platform/ids.ts'
import type { Logger } from '../../platform/logger.ts'
import { postgresError } from '../../platform/postgres/errors.ts'
import { forEach } from './at-once.ts'
import type { EvaluatorStore } from './evaluator.store.ts'
import { createFaults } from './faults.ts'
import { createMemory, type Memory } from './memory.ts'
import { createSettling } from './settling.ts'
import { written, type Part } from './tick-changes.ts'
import type { Step, WatchedSeries } from './watched-series.ts'
import type { WindowQueries } from './windows.queries.ts'

/** How often each rule is looked at. */
export const TICK_MS = 5_000
/** What nobody saw for longer is not counted into `for`: the program was away, or the clock was set forward. */
const MAX_GAP_MS = 60_000
/** Well before a lease ends. */
const RENEW_MS = 2_000
/** Questions at once: the stores have other work too. */
const QUESTIONS = 4
/** Tenants at once, whose states are written. */
const TENANTS = 3

/** What a tick did, for logs, tests and the bench. */
export type Ticked = {
  readonly leads: boolean
  readonly questions: number
  readonly changes: number
}
const standby: Ticked = { leads: false, questions: 0, changes: 0 }

/** By how much states began later than their rows say: time that nobody saw, or that the clock was set by. */
const shiftOf = (gapMs: number): number => (gapMs < 0 ? gapMs : gapMs > MAX_GAP_MS ? gapMs - TICK_MS : 0)

/**
 * Looks at all rules of all tenants, one tick at a time. Of many evaluators one leads; the states stand in Postgres, so
 * that another goes on where it ended. A tick is the same whenever it is done: its windows end at its time, and not when
 * somebody got to it.
 */
export const createEvaluator = (deps: {
  readonly store: EvaluatorStore
  readonly windows: WindowQueries
  readonly measures: ReadonlyMap<string, Measure>
  /** Does a part of what stands in the rows of a tenant's series to its incidents. True while there may be more. */
  readonly act: (tenant: TenantId) => Promise<boolean>
  /** See `createSettling`. */
  readonly settleMs?: number | undefined
  /** Says that events were committed. */
  readonly poke: () => void
  readonly log: Logger
}) => {
  const { store, windows, measures, poke, log } = deps
  const holder = randomUUID()
  const settling = createSettling(deps)
  const faults = createFaults({ store, told: settling.owe, log })
  let memory: Memory | undefined
  // Whether the rows, or who shares a question, are others than memory has them.
  let isStale = false
  let doneMs: number | undefined

  const load = async (revision: string): Promise<Memory> => {
    const [rules, rows] = await Promise.all([store.rules(), store.series()])
    faults.reread(rules, rows)
    return createMemory({ revision, rules, rows }, { measures, part: faults.partOf, before: memory })
  }

  const ask = async (watched: WatchedSeries, atMs: number): Promise<Step[]> => {
    try {
      const found = await windows.ask(watched.question, atMs, watched.layouts)
      const { members, delays } = watched.question
      watched.layouts.clear()
      for (const tenant of members.keys()) {
        const windows = found.get(tenant)
        if (!windows) continue
        watched.layouts.set(tenant, windows.layout)
        for (const [lane, delayMs] of delays.entries())
          watched.take(tenant, windows.layout.keys, windows.byDelay[lane]!, delayMs, atMs)
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'STORE_UNAVAILABLE') throw error
      if (await faults.met(watched.question.rules, error, atMs)) isStale = true // to be asked apart from now on
      return []
    }
    const steps = watched.advance(atMs)
    await faults.none(watched.question.rules, watched.crowded(), atMs)
    return steps
  }

  /** False when another leads by now. A tenant whose part can't be written is read again, and harms no other. */
  const write = async (tenant: TenantId, { changes, events, done }: Part): Promise<boolean> => {
    if (changes.some(({ acts }) => acts.length > 0)) settling.owe(tenant) // also where nobody hears that it was written
    try {
      if (!(await store.write(holder, changes, events))) return false
      done()
      poke()
    } catch (error) {
      if (postgresError(error)?.code === 'STORE_UNAVAILABLE') throw error
      isStale = true
      log.error({ err: error, tenant }, 'What a tick changed of alert rules could not be written')
    }
    return true
  }

  const evaluate = async (current: Memory, atMs: number, startedMs: number): Promise<Ticked> => {
    const steps: Step[] = []
    const asked = current.questions.filter(({ question }) => faults.isDue(question.rules, atMs))
    await forEach(QUESTIONS, asked, async (watched) => void steps.push(...(await ask(watched, atMs))))
    await faults.unknown(current.unknown, atMs)
    if (faults.join(atMs)) isStale = true
    const parts = written(current, steps, { atMs, isBehind: settling.owes })
    // Beside each other: states are written whoever's incidents take long, and incidents follow whoever's states wait.
    const turns = settling.begin(startedMs)
    for (const tenant of settling.tenants()) if (!parts.has(tenant)) turns.add(tenant)
    let isLeading = true
    try {
      await forEach(TENANTS, parts, async ([tenant, part]) => {
        if (!(await write(tenant, part))) isLeading = false
        else if (settling.owes(tenant)) turns.add(tenant)
      })
      if (parts.size > 0 && isLeading) isLeading = await store.done(holder, atMs)
    } finally {
      await turns.end()
    }
    if (!isLeading) {
      memory = undefined
      return standby
    }
    current.orphans = []
    for (const watched of asked) watched.tidy()
    doneMs = atMs
    const changes = parts.values().reduce((sum, part) => sum + part.changes.length, 0)
    return { leads: true, questions: asked.length, changes }
  }

  /** Takes time that nobody saw out of how long states have held and series were silent, once. False when another leads by now. */
  const skip = async (gapMs: number, atMs: number): Promise<boolean> => {
    const shiftMs = shiftOf(gapMs)
    if (shiftMs === 0) return true
    doneMs = undefined // what is stored tells, where the answer is lost: it stands with the shift
    if (!(await store.shift(holder, shiftMs, atMs - TICK_MS))) return false
    doneMs = atMs - TICK_MS
    for (const series of memory?.series() ?? []) series.seenMs += shiftMs
    isStale = true
    return true
  }

  let leads = false
  let working: Promise<unknown> = Promise.resolve()
  const tick = async (atMs: number): Promise<Ticked> => {
    const startedMs = performance.now()
    const lead = await store.lead(holder, doneMs)
    if (!lead.leads || !lead.kept) memory = doneMs = undefined
    if (lead.leads !== leads) log.info({ leads: lead.leads }, 'Evaluation of alert rules')
    leads = lead.leads
    if (!leads) return standby
    const lastMs = doneMs ?? lead.evaluatedToMs ?? atMs
    // While it works it stays the leader. Whether it still is one is asked by what it writes.
    const renew = setInterval(() => {
      store
        .renew(holder)
        .catch((error: unknown) => log.warn({ err: error }, 'The lease of alerting was not renewed'))
    }, RENEW_MS)
    try {
      // Also of a tenant that was switched on.
      if (doneMs === undefined || memory?.revision !== lead.revision)
        for (const tenant of await store.tenantsWithActs()) settling.owe(tenant)
      if (!(await skip(atMs - lastMs, atMs))) {
        memory = undefined
        return standby
      }
      if (isStale || memory?.revision !== lead.revision) memory = await load(lead.revision)
      isStale = false
      return await evaluate(memory, atMs, startedMs)
    } catch (error) {
      memory = undefined
      throw error
    } finally {
      clearInterval(renew)
    }
  }

  return {
    /**
     * Evaluates the tick of that time, if this one leads, after those that were asked for before. Throws when a store
     * is away: then each tenant is changed or is not, and the next tick goes on from what is stored.
     */
    tick: (atMs: number): Promise<Ticked> => {
      const turn = working.then(() => tick(atMs))
      working = turn.catch(() => {}) // whoever asked for it is told
      return turn
    },
    /** Lets another lead at once; when Postgres is away, as soon as the lease ends. Never throws. */
    stop: () =>
      store
        .resign(holder)
        .catch((error: unknown) => log.warn({ err: error }, 'The lease of alerting was not given back')),
  }
}

export type Evaluator = ReturnType<typeof createEvaluator>
