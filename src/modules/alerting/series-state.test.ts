import { expect, test } from 'vitest'
import type { Condition } from './rule.ts'
import { fresh, step, type Seen } from './series-state.ts'

const TICK = 5_000
const plain: Condition = {
  aggregate: 'AVG',
  operator: 'GT',
  threshold: 80,
  criticalThreshold: null,
  recoveryThreshold: null,
  forMs: 0,
  keepFiringMs: 0,
  minSamples: 1,
  noData: 'OK',
}
const letters = { OK: '.', PENDING: 'p', FIRING: 'F', RECOVERING: 'r', NO_DATA: 'N' } as const

/** What a tick saw: a value, `null` without data, or all of it. */
type Tick = number | null | Seen
const seenOf = (tick: Tick): Seen =>
  typeof tick === 'object' && tick !== null ? tick : { value: tick, samples: tick === null ? 0 : 100 }

/** The states after each tick, a letter each; in capitals `C` where it fires at the critical level. */
const run = (rule: Partial<Condition>, ticks: readonly Tick[]): string => {
  const condition = { ...plain, ...rule }
  let state = fresh(0)
  return ticks
    .map((tick, index) => {
      state = step(condition, state, seenOf(tick), (index + 1) * TICK)
      return state.state === 'FIRING' && state.level === 'CRITICAL' ? 'C' : letters[state.state]
    })
    .join('')
}

const few = (value: number): Seen => ({ value, samples: 9 })
const early = (value: number, now: number): Seen => ({ value, samples: 100, early: now })

test.each<[string, Partial<Condition>, readonly Tick[], string]>([
  ['at the threshold is no breach', {}, [80, 81, 80], '.F.'],
  ['>= has it', { operator: 'GTE' }, [79, 80, 79], '.F.'],
  ['< and <= look the other way', { operator: 'LT', threshold: 10 }, [10, 9, 10], '.F.'],
  ['=', { operator: 'EQ', threshold: 5 }, [5, 4, 5], 'F.F'],
  ['!=', { operator: 'NEQ', threshold: 5 }, [5, 4, 5], '.F.'],

  ['`for` is held before it fires', { forMs: 10_000 }, [81, 81, 81, 1], 'ppF.'],
  ['a breach that does not hold never fires', { forMs: 10_000 }, [81, 81, 1, 81, 81, 1], 'pp.pp.'],
  ['`for` shorter than a tick is held by the next', { forMs: 1_000 }, [81, 81], 'pF'],

  ['keepFiringFor holds on after it is over', { keepFiringMs: 10_000 }, [81, 1, 1, 1, 1], 'Frr..'],
  ['what comes back meanwhile was never over', { keepFiringMs: 10_000 }, [81, 1, 81, 1, 1, 1], 'FrFrr.'],
  ['what was pending keeps nothing', { forMs: 10_000, keepFiringMs: 60_000 }, [81, 1, 1], 'p..'],

  [
    'between recovery and threshold it stays as it is',
    { recoveryThreshold: 60 },
    [70, 81, 70, 61, 60, 70],
    '.FFF..',
  ],
  [
    'recovery has to hold too',
    { recoveryThreshold: 60, keepFiringMs: 10_000 },
    [81, 50, 70, 50, 50, 50],
    'FrFrr.',
  ],
  ['recovery of <', { operator: 'LT', threshold: 10, recoveryThreshold: 20 }, [9, 15, 20, 15], 'FF..'],

  ['critical from the first', { criticalThreshold: 95 }, [96, 90, 96, 1], 'CFC.'],
  ['critical holds `for` as well', { criticalThreshold: 95, forMs: 5_000 }, [96, 81, 96], 'pFC'],
  [
    'critical is a warning between recovery and threshold',
    { criticalThreshold: 95, recoveryThreshold: 60, keepFiringMs: 10_000 },
    [96, 70, 81, 96, 50, 70, 50, 50, 50],
    'CFFCrFrr.',
  ],
  [
    'and without data before',
    { noData: 'ALERT', criticalThreshold: 95, recoveryThreshold: 60 },
    [96, null, 70],
    'CNF',
  ],
  ['critical of <', { operator: 'LT', threshold: 10, criticalThreshold: 5 }, [4, 9, 11], 'CF.'],

  ['too few samples are no breach', { minSamples: 10 }, [few(99), 99, few(99), 99], '.F.F'],
  ['too few samples are a recovery', { minSamples: 10, keepFiringMs: 5_000 }, [99, few(99), few(99)], 'Fr.'],

  ['no data is no breach', {}, [81, null, 81], 'F.F'],
  ['no data ends what is pending', { forMs: 10_000 }, [81, null, 81], 'p.p'],
  ['no data is a recovery that is held', { keepFiringMs: 5_000 }, [81, null, null], 'Fr.'],
  ['KEEP keeps firing', { noData: 'KEEP' }, [81, null, null, 1], 'FFF.'],
  ['KEEP keeps what is pending', { noData: 'KEEP', forMs: 10_000 }, [81, null, 81], 'ppF'],
  ['KEEP opens nothing', { noData: 'KEEP' }, [null, null], '..'],
  ['ALERT fires without data', { noData: 'ALERT' }, [1, null, null, 1], '.NN.'],
  ['ALERT holds `for`', { noData: 'ALERT', forMs: 10_000 }, [null, null, null, 1], 'ppN.'],
  ['ALERT: a breach and silence hold together', { noData: 'ALERT', forMs: 10_000 }, [81, null, 81], 'ppF'],
  [
    'ALERT: what fires goes on without data, and with it again',
    { noData: 'ALERT' },
    [81, null, 81, 1],
    'FNF.',
  ],
  [
    'ALERT: recovery after silence is held',
    { noData: 'ALERT', keepFiringMs: 10_000 },
    [null, 1, 1, 1],
    'Nrr.',
  ],

  ['a window that ends now fires at once', {}, [early(1, 81), early(1, 1)], 'F.'],
  ['it needs no samples: more rows make it no smaller', { minSamples: 1_000 }, [early(1, 81)], 'F'],
  ['what came late fires by the usual window', {}, [early(81, 1), early(1, 1)], 'F.'],
])('%s', (_name, rule, ticks, states) => {
  expect(run(rule, ticks)).toBe(states)
})

test('a state is the same object until it changes, so that a tick at which nothing changes writes nothing', () => {
  let state = fresh(0)
  expect(step(plain, state, { value: 1, samples: 5 }, TICK)).toBe(state)
  state = step(plain, state, { value: 90, samples: 5 }, TICK)
  expect(state).toEqual({ state: 'FIRING', sinceMs: TICK, level: 'WARNING', value: 90, firedAtMs: TICK })
  expect(step(plain, state, { value: 95, samples: 5 }, 2 * TICK)).toBe(state)
})
