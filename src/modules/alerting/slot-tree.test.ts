import { expect, test } from 'vitest'
import { trustTenantId } from '../../platform/ids.ts'
import { measures } from '../measures.ts'
import { checkedRule } from './alert-rule.checks.ts'
import type { RuleInput } from './alert-rule.rules.ts'
import { draftOf } from './dry-run.queries.ts'
import { planOf } from './plan.ts'
import { ruleOf } from './rule-of.ts'
import { slotTree, type Rows } from './slot-tree.ts'
import type { Slot } from './slots.queries.ts'
import type { Sum } from './sums.ts'
import { watchSeries } from './watched-series.ts'

const tenant = trustTenantId('00000000-0000-4000-8000-000000000001')
const SLOT_MS = 5_000
const questionOf = (aggregate: NonNullable<RuleInput['aggregate']>) => {
  const rule: RuleInput = {
    name: 'each host',
    dataset: 'metric_points',
    aggregate,
    groupBy: ['host'],
    operator: 'GT',
    threshold: 1e9,
    window: 'PT1H',
    delay: 'PT0S',
    noData: 'ALERT',
    ...(aggregate === 'RATIO' && { outOf: { label: { name: 'host', in: ['h0', 'h2', 'h4'] } } }),
  }
  return planOf([ruleOf(tenant, draftOf(checkedRule(rule, measures)))], measures)[0]!
}

/** What stands in a slot for a host, the same at each call; a row in three has no value. */
const valueOf = (sum: Sum, slot: number, host: number): unknown => {
  const number = (slot * 7_919 + host * 104_729) % 97
  if (sum === 'n') return number % 3
  if (sum === 'bins') return number % 3 === 0 ? {} : { [String(40_000 + number)]: String(number % 3) }
  return number % 3 === 0 ? 0 : sum === 'at' ? slot * SLOT_MS + (number % 2) : number
}
const slotsOf = (columns: readonly { readonly sum: Sum }[], hostsOf: (slot: number) => readonly number[]) =>
  Array.from({ length: 1_000 }, (_, slot): Slot[] => {
    const hosts = hostsOf(slot)
    if (slot % 50 > 45) return [] // no row of anybody
    const keys = hosts.map((host) => JSON.stringify([`h${host}`]))
    const values = columns.map(({ sum }) => hosts.map((host) => valueOf(sum, slot, host)))
    return [{ startMs: 1_000_000_000_000 + slot * SLOT_MS, keys, columns: values }]
  }).flat()

/** What each host has seen in a window of those rows. */
const seenOf = (question: ReturnType<typeof questionOf>, all: Iterable<Rows>) => {
  const watched = watchSeries(question)
  for (const { keys, columns } of all) watched.take(tenant, keys, columns, 0, 1)
  watched.advance(1)
  return Object.fromEntries(watched.series().map(({ values, seen }) => [values[0]!, seen]))
}
const takenOf = (tree: ReturnType<typeof slotTree>, fromMs: number, toMs: number) => {
  const taken: Rows[] = []
  for (const _ of tree.take(fromMs, toMs, (rows) => taken.push(rows))) continue
  return taken
}

test.each(['COUNT', 'RATIO', 'RATE', 'AVG', 'MIN', 'MAX', 'LAST', 'P95'] as const)(
  'windows of %s are the same as of their slots one by one, and few parts',
  (aggregate) => {
    const question = questionOf(aggregate)
    const slots = slotsOf(question.columns, (slot) => [slot % 5, 5 + (slot % 3)])
    const tree = slotTree(question, slots, SLOT_MS)
    const startMs = slots[0]!.startMs
    for (const [from, to] of [
      [-100, 2_000],
      [0, 720],
      [1, 721],
      [333, 334],
      [46, 50],
      [901, 999],
    ] as const) {
      const [fromMs, toMs] = [startMs + from * SLOT_MS, startMs + to * SLOT_MS]
      const taken = takenOf(tree, fromMs, toMs)
      const each = slots.filter((slot) => slot.startMs >= fromMs && slot.startMs < toMs)
      expect(seenOf(question, taken)).toEqual(seenOf(question, each))
      expect(taken.length).toBeLessThan(25)
    }
  },
)

test('as windows go forward those that are past leave nothing behind, and the others are as before', () => {
  const question = questionOf('P95')
  const slots = slotsOf(question.columns, (slot) => [slot % 5, 5 + (slot % 3)])
  const [tree, whole] = [slotTree(question, slots, SLOT_MS), slotTree(question, slots, SLOT_MS)]
  const startMs = slots[0]!.startMs
  const windowMs = 100 * SLOT_MS
  for (let fromMs = startMs - windowMs; fromMs < startMs + 1_100 * SLOT_MS; fromMs += 7 * SLOT_MS) {
    const toMs = fromMs + windowMs
    expect(seenOf(question, takenOf(tree, fromMs, toMs))).toEqual(
      seenOf(question, takenOf(whole, fromMs, toMs)),
    )
    tree.forget(fromMs)
    expect(takenOf(tree, 0, fromMs)).toEqual([])
  }
})

test('groups of which none comes twice are all there, in parts that are few rows each', () => {
  const question = questionOf('COUNT')
  const slots = slotsOf(question.columns, (slot) =>
    Array.from({ length: slot === 7 ? 5_000 : 3 }, (_, n) => slot * 10_000 + n),
  )
  const taken = takenOf(slotTree(question, slots, SLOT_MS), 0, 2e12)
  expect(taken.flatMap(({ keys }) => keys).toSorted()).toEqual(slots.flatMap(({ keys }) => keys).toSorted())
  expect(Math.max(...taken.map(({ keys }) => keys.length))).toBeLessThan(1_000)
})
