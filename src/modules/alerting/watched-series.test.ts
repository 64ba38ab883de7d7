import { expect, test } from 'vitest'
import { trustTenantId } from '../../platform/ids.ts'
import { measures } from '../measures.ts'
import { planOf } from './plan.ts'
import { ruleOf } from './rule-of.ts'
import { checkedRule } from './alert-rule.checks.ts'
import { draftOf } from './dry-run.queries.ts'
import type { RuleInput } from './alert-rule.rules.ts'
import { written } from './tick-changes.ts'
import { MAX_KEPT, MAX_SERIES, watchSeries } from './watched-series.ts'

const TICK = 5_000
const tenant = trustTenantId('00000000-0000-4000-8000-000000000001')
const ruleFor = (input: Partial<RuleInput>) => {
  const definition: RuleInput = {
    name: 'each trace',
    dataset: 'log_events',
    aggregate: 'COUNT',
    groupBy: ['trace_id'],
    operator: 'GT',
    threshold: 0,
    window: 'PT5S',
    delay: 'PT0S',
    ...input,
  }
  return ruleOf(tenant, draftOf(checkedRule(definition, measures)))
}

/** A rule that is told tick by tick how many rows each of its groups has. */
const watch = (input: Partial<RuleInput>) => {
  const rule = ruleFor(input)
  const watched = watchSeries(planOf([rule], measures)[0]!)
  let atMs = 0
  const tick = (rows: Readonly<Record<string, number>>) => {
    atMs += TICK
    const keys = Object.keys(rows).map((value) => JSON.stringify([value]))
    watched.take(tenant, keys, [Object.values(rows)], 0, atMs)
    const steps = watched.advance(atMs)
    watched.tidy()
    return steps
  }
  return { rule, watched, tick, held: () => watched.series().toArray().length }
}
/** So many groups that no other call has. */
const groups = (from: number, count: number, rows = 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${from + n}`, rows]))

test.each([
  ['that breach and are over', 0],
  ['that never breach', 9],
])('groups %s are forgotten, and those that go on are not', (_what, threshold) => {
  const { tick, watched, held } = watch({ threshold })
  for (let n = 0; n < 200; n += 1) tick({ ...groups(n * 100, 100), stays: 10 })
  expect(held()).toBeLessThan(2_000)
  const firing = watched.series().filter(({ state }) => state.state === 'FIRING' && state.sinceMs === TICK)
  expect(firing.map(({ values }) => values).toArray()).toEqual([['stays']])
  expect(tick({ ...groups(19_900, 100), stays: 1 }).map(({ series }) => series.values)).toEqual(
    threshold === 0 ? [] : [['stays']],
  )
})

test('a group that was forgotten and comes back is a series again', () => {
  const { tick } = watch({})
  tick({ back: 1 })
  for (let n = 0; n < 50; n += 1) tick(groups(n * 100, 100))
  expect(tick({ back: 1 }).map(({ series }) => [series.values, series.state.state])).toContainEqual([
    ['back'],
    'FIRING',
  ])
})

test('a rule has so many series in breach and no more: those that it has go on, and new ones wait until some are over', () => {
  const { tick, watched, rule } = watch({})
  expect(tick(groups(0, MAX_SERIES))).toHaveLength(MAX_SERIES)
  expect([...watched.crowded()]).toEqual([])
  expect(tick(groups(0, MAX_SERIES + 5))).toEqual([])
  expect([...watched.crowded()]).toEqual([rule])
  tick(groups(3, MAX_SERIES + 2))
  expect(tick(groups(3, MAX_SERIES + 2)).map(({ series }) => series.state.state)).toEqual([
    'FIRING',
    'FIRING',
    'FIRING',
  ])
  tick(groups(3, MAX_SERIES))
  expect([...watched.crowded()]).toEqual([])
})

const silent = { aggregate: 'ABSENCE', operator: null, threshold: null } as const

test('a rule waits for so many series to be silent and no more: what comes beyond them is no series, and the rule is told of', () => {
  const { tick, watched, rule, held } = watch(silent)
  tick(groups(0, MAX_KEPT))
  expect([held(), [...watched.crowded()]]).toEqual([MAX_KEPT, []])
  tick(groups(5, MAX_KEPT))
  expect([held(), [...watched.crowded()]]).toEqual([MAX_KEPT, [rule]])
  tick(groups(0, MAX_KEPT))
  expect([held(), [...watched.crowded()]]).toEqual([MAX_KEPT, []])
})

test.each([
  ['fires when that has held, and is forgotten a day later', 'P1D', ['FIRING', 'FIRING', undefined]],
  ['is forgotten after a day where it waits for nothing', 'PT0S', [undefined, undefined, undefined]],
])('a group that is silent %s', (_what, held, states) => {
  const { watched, tick } = watch({ ...silent, for: held })
  const DAY = 86_400_000
  tick({ gone: 1 })
  tick({})
  const stateAt = (atMs: number) => {
    const parts = written({ questions: [watched], orphans: [] }, watched.advance(atMs), {
      atMs,
      isBehind: () => false,
    })
    for (const { done } of parts.values()) done()
    return watched.series().toArray()[0]?.state.state
  }
  expect([2 * TICK + DAY, TICK + 2 * DAY, 2 * TICK + 2 * DAY].map(stateAt)).toEqual(states)
})
