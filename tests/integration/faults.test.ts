import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Fault } from '../testkit/proxy.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createLogger } from '../../src/platform/logger.ts'
import {
  callers,
  createLines,
  faultsFor,
  healsItself,
  storeNames,
  tryFault,
  type Caller,
  type StoreName,
} from '../testkit/trial.ts'
import { counts } from './ingest.testkit.ts'
import { eventually, until } from '../testkit/waiters.ts'

/** A third of the usual: what is waited for here would take three times as long with that. */
const SILENCE_MS = 1_000
const faults = faultsFor(SILENCE_MS)

const log = createLogger({ level: 'silent', format: 'json' })
const openProgram = async (): Promise<{ program: TestApp; lines: ReturnType<typeof createLines> }> => {
  const lines = createLines()
  return { program: await startApp({ silenceMs: SILENCE_MS, through: lines.through, log }), lines }
}

// One program for each store, whose line alone is broken there: so the three can be tried at once.
const programs = new Map<StoreName, Awaited<ReturnType<typeof openProgram>>>()
beforeAll(async () => {
  for (const name of storeNames) programs.set(name, await openProgram())
})
afterAll(async () => {
  for (const { program, lines } of programs.values()) {
    await program.stop()
    await lines.close()
  }
})

/** What a caller may get while the line to a store is broken, beside `ok`. */
const mayGet: Record<StoreName, Partial<Record<Caller, string>>> = {
  redis: { ingest: 'LOG_UNAVAILABLE' },
  // Ingest too looks up its key there, when it has not for 2 s.
  postgres: Object.fromEntries(callers.map((caller) => [caller, 'STORE_UNAVAILABLE'])),
  clickhouse: { facts: 'STORE_UNAVAILABLE' },
}
/** Whom each fault of a store hits for certain. */
const hit: Record<StoreName, Caller> = { redis: 'ingest', postgres: 'query', clickhouse: 'facts' }

const tryOne = async (store: StoreName, name: string, fault: Fault): Promise<void> => {
  const { program, lines } = programs.get(store)!
  const [line, caller] = [lines.to(store), hit[store]]
  const trial = await tryFault({
    url: program.url,
    seed: program.seed,
    line,
    fault,
    during: (ended) => until(() => ended(caller) >= 2, { what: 'answers under the fault' }),
    goodWithinMs: 20_000,
  })
  for (const each of callers) {
    const wrong = trial.met[each].codes.filter((code) => code !== 'ok' && code !== mayGet[store][each])
    expect(wrong, `${each} under "${name}"`).toEqual([])
  }
  // One that heals by itself may be over before anybody calls, on a full machine.
  if (fault.kind !== 'delay' && !healsItself(fault))
    expect(trial.met[caller].codes).toContain(mayGet[store][caller])
  const numbers = trial.heard.map((title) => Number(title.split(' ')[1]))
  expect(numbers, 'in order, none twice').toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  // What was refused may be kept all the same: then only the answer was lost.
  await eventually(() => program.app.ingest.flushed()) // a second of silence is soon over on a full machine
  const { raw, ids } = await counts(program.databases.clickHouse, trial.tenant)
  expect(raw).toBe(ids)
  expect(raw).toBeGreaterThanOrEqual(trial.accepted)
  await until(() => line.dead() === 0, { what: 'no dead connection is held' })
}

test.concurrent.each(storeNames)(
  'however the line to %s breaks: coded answers in time, no event and no row lost, all well again by itself, no dead connection kept',
  async (store) => {
    for (const [name, fault] of Object.entries(faults))
      await tryOne(store, name, fault).catch((error: Error) => {
        error.message = `${name}: ${error.message}`
        throw error
      })
  },
  240_000,
)
