import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createTurnstile } from './turnstile.ts'

/** Keeps the event loop busy. */
const work = (ms: number): void => {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('nobody waits for a turn where nobody else is', async () => {
  const { enter } = createTurnstile()
  let turned = false
  setImmediate(() => (turned = true))
  await enter()
  expect(turned).toBe(false)
  await turn()
  await enter()
})

test('of many who come at once each has its turn, in order, and what is done besides has turns in between', async () => {
  const { enter } = createTurnstile(5)
  const order: number[] = []
  let turns = 0
  const besides = async (): Promise<void> => {
    for (; order.length < 100; turns += 1) await turn()
  }
  const come = async (index: number): Promise<void> => {
    await enter()
    order.push(index)
    work(1)
  }
  const other = besides()
  await Promise.all(Array.from({ length: 100 }, (_, index) => come(index)))
  await other
  expect(order).toEqual(Array.from({ length: 100 }, (_, index) => index))
  expect(turns).toBeGreaterThan(10) // 100 ms of work, 3 ms a turn
})
