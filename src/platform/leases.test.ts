import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLeases } from './leases.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const things = () => {
  const made: { ready: Promise<void>; closed: number; close(): void }[] = []
  const create = (ready: Promise<void> = Promise.resolve()) => {
    const thing = { ready, closed: 0, close: () => void (thing.closed += 1) }
    made.push(thing)
    return thing
  }
  return { made, create, leases: createLeases<string, ReturnType<typeof create>>(1_000) }
}

test('users of one key share one thing, which is closed once, a while after the last one left', async () => {
  const { made, create, leases } = things()
  const [first, second] = await Promise.all([leases.acquire('a', create), leases.acquire('a', create)])
  await leases.acquire('b', create)
  expect(first.value).toBe(second.value)
  expect(made).toHaveLength(2)
  first.release()
  first.release() // twice is once
  vi.advanceTimersByTime(5_000)
  expect(made[0]!.closed).toBe(0)
  second.release()
  vi.advanceTimersByTime(999)
  expect(made[0]!.closed).toBe(0)
  vi.advanceTimersByTime(1)
  expect([made[0]!.closed, leases.size()]).toEqual([1, 1])
})

test('who comes back while it lingers finds the same thing', async () => {
  const { made, create, leases } = things()
  const first = await leases.acquire('a', create)
  first.release()
  vi.advanceTimersByTime(500)
  const again = await leases.acquire('a', create)
  vi.advanceTimersByTime(5_000)
  expect(again.value).toBe(first.value)
  expect(made[0]!.closed).toBe(0)
})

test('what fails to become ready is told to all who wait, closed once, and made anew for the next', async () => {
  const { made, create, leases } = things()
  const failing = () => create(Promise.reject(new Error('away')))
  const all = await Promise.allSettled([leases.acquire('a', failing), leases.acquire('a', failing)])
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(made.map(({ closed }) => closed)).toEqual([1])
  const next = await leases.acquire('a', create)
  expect(next.value).toBe(made[1])
})

test('close closes all, and a release after it does nothing', async () => {
  const { made, create, leases } = things()
  const lease = await leases.acquire('a', create)
  leases.close()
  lease.release()
  vi.advanceTimersByTime(5_000)
  expect([made[0]!.closed, leases.size()]).toEqual([1, 0])
})
