import { parse, type OperationDefinitionNode } from 'graphql'
import { expect, test } from 'vitest'
import { createKnownPlans } from './known-plans.ts'
import type { Planned } from './plan.ts'

const operation = (): OperationDefinitionNode =>
  parse('subscription { a }').definitions[0] as OperationDefinitionNode
const clock = { now: () => 5 }
const planned = (key: string): Planned[] => [
  {
    key,
    composite: false,
    list: false,
    items: 1,
    base: 1,
    small: false,
    names: 1,
    texts: new Map(),
    children: [],
  },
]

test('a plan is made once for an operation and its variables, and again for other ones', () => {
  const plans = createKnownPlans()
  const [one, other] = [operation(), operation()]
  const first = plans.of(one, { id: 1 }, clock, () => planned('first'))
  expect(plans.of(one, { id: 1 }, clock, () => planned('second'))).toBe(first)
  expect(plans.of(one, { id: 2 }, clock, () => planned('of 2'))[0]!.key).toBe('of 2')
  expect(plans.of(other, { id: 1 }, clock, () => planned('of the other'))[0]!.key).toBe('of the other')
})

const timed = (by: { now(): number }) => planned(String(by.now()))

test('a plan that depends on the time is made anew each time', () => {
  const plans = createKnownPlans()
  const one = operation()
  expect(plans.of(one, {}, clock, timed)[0]!.key).toBe('5')
  expect(plans.of(one, {}, { now: () => 6 }, timed)[0]!.key).toBe('6')
})

test('nothing is kept of long variables', () => {
  const plans = createKnownPlans()
  const [one, variables] = [operation(), { text: 'x'.repeat(1_000) }]
  plans.of(one, variables, clock, () => planned('first'))
  expect(plans.of(one, variables, clock, () => planned('again'))[0]!.key).toBe('again')
})

test('only so many are kept', () => {
  const plans = createKnownPlans(2)
  const one = operation()
  for (const id of [1, 2, 3]) plans.of(one, { id }, clock, () => planned(`first ${id}`))
  expect(plans.of(one, { id: 1 }, clock, () => planned('again'))[0]!.key).toBe('again')
  expect(plans.of(one, { id: 3 }, clock, () => planned('again'))[0]!.key).toBe('first 3')
})
