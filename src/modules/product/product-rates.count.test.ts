import { expect, test } from 'vitest'
import { createProductRates, productRatesView } from './product-rates.count.ts'

const now = Date.UTC(2026, 0, 1)
const second = (ago: number, eventType: string, count: number, project = 'web') => ({
  project,
  eventType,
  secondMs: now - ago * 1_000,
  count,
})

test('a rate is the average of ten seconds, a count that of the minute, most events first', () => {
  const rates = createProductRates()
  rates.load([second(1, 'view', 30), second(9, 'view', 10), second(30, 'view', 60), second(59, 'buy', 5)])
  expect(rates.update(now)).toEqual(new Set(['rates ', 'rates web']))
  expect(rates.read(now)).toEqual({
    perSecond: 4,
    lastMinute: 105,
    types: [
      { eventType: 'view', perSecond: 4, lastMinute: 100 },
      { eventType: 'buy', perSecond: 0, lastMinute: 5 },
    ],
    at: new Date(now),
  })
})

test('it goes down by itself when nothing comes, to nothing, and is told no more then', () => {
  const rates = createProductRates()
  rates.load([second(0, 'view', 10)])
  rates.update(now)
  expect(rates.update(now + 200)).toEqual(new Set())
  for (const [laterMs, perSecond, lastMinute] of [
    [9_000, 1, 10],
    [11_000, 0, 10],
    [61_000, 0, 0],
  ] as const) {
    expect(rates.update(now + laterMs)).toEqual(new Set(['rates ', 'rates web']))
    expect(rates.read(now + laterMs)).toMatchObject({ perSecond, lastMinute })
  }
  expect(rates.update(now + 70_000)).toEqual(new Set())
})

test('what a producer ahead of our clock tells counts when its time has come, and until then for nothing', () => {
  const rates = createProductRates()
  const steady = Array.from({ length: 91 }, (_, n) => second(60 - n, 'view', 10))
  rates.load([...steady, second(-2, 'buy', 7)])
  rates.update(now)
  expect(rates.read(now)).toMatchObject({ perSecond: 10, lastMinute: 600, types: [{ eventType: 'view' }] })
  expect(rates.read(now).types).toHaveLength(1)
  rates.update(now + 3_000)
  expect(rates.read(now + 3_000)).toMatchObject({ lastMinute: 607, types: [{}, { lastMinute: 7 }] })
})

test('at any moment of a second a steady flow has its own rate', () => {
  const rates = createProductRates()
  rates.load(Array.from({ length: 70 }, (_, n) => second(65 - n, 'view', 10)))
  for (const laterMs of [0, 1, 500, 999, 1_000]) {
    rates.update(now + laterMs)
    expect(rates.read(now + laterMs)).toMatchObject({ perSecond: 10, lastMinute: 600 })
  }
})

test('the same counts loaded again are the same value', () => {
  const rates = createProductRates()
  const counts = [second(1, 'view', 3)]
  rates.load(counts)
  const before = productRatesView().compared(rates.read(now))
  rates.load(counts)
  expect(productRatesView().compared(rates.read(now))).toEqual(before)
})

test('of one project only its own count, and it is told that the last of them is gone', () => {
  const rates = createProductRates()
  rates.load([second(1, 'view', 3), second(1, 'view', 4, 'app'), second(1, 'buy', 1, 'app')])
  expect(rates.update(now)).toEqual(new Set(['rates ', 'rates web', 'rates app']))
  expect(rates.read(now)).toMatchObject({ lastMinute: 8, types: [{ eventType: 'view', lastMinute: 7 }, {}] })
  expect(rates.read(now, 'web')).toMatchObject({ lastMinute: 3, types: [{ eventType: 'view' }] })
  rates.load([second(1, 'view', 3)])
  expect(rates.update(now + 100).has('rates app')).toBe(true)
  expect(rates.read(now + 100, 'app')).toMatchObject({ lastMinute: 0, types: [] })
})
