import { expect, test, vi } from 'vitest'
import { filter, map } from './feed.ts'
import { createLatest } from './latest.ts'
import { pull, wakeAll, type Step, type Waker } from './pull.ts'

/** A source that a test feeds by hand. */
const source = <T>(steps: (Step<T> | Promise<Step<T>>)[] = []) => {
  let waker: Waker | undefined
  const close = vi.fn<() => void>()
  return {
    close,
    give: (...more: (Step<T> | Promise<Step<T>>)[]) => {
      steps.push(...more)
      waker?.wake()
    },
    listen: (given: Waker) => void (waker = given),
    take: () => steps.shift() ?? ('wait' as const),
  }
}
const end = { done: true, value: undefined }

test('closed before the first value: nothing is read, the source is closed once', async () => {
  const from = source([{ value: 1 }])
  const values = pull(from)
  expect(await values.return!()).toEqual(end)
  expect(await values.return!()).toEqual(end)
  expect(await values.next()).toEqual(end)
  expect(from.close).toHaveBeenCalledTimes(1)
})

test('closed while waiting: the waiting reader is resolved at once, and a value after that is dropped', async () => {
  const from = source<number>()
  const values = pull(from)
  const waiting = [values.next(), values.next()]
  await values.return!()
  from.give({ value: 1 })
  expect(await Promise.all(waiting)).toEqual([end, end])
})

test('closed while a read is under way: the reader does not wait for it', async () => {
  const read = Promise.withResolvers<Step<number>>()
  const from = source<number>([read.promise])
  const values = pull(from)
  const waiting = values.next()
  await values.return!()
  expect(await waiting).toEqual(end)
  read.resolve({ value: 1 })
  expect(await values.next()).toEqual(end)
})

test.each(['sync', 'async'])(
  'a source error (%s) reaches one reader, then the iteration is over',
  async (kind) => {
    const error = new Error('broken')
    const close = vi.fn<() => void>()
    const take = (): Promise<Step<number>> => {
      if (kind === 'sync') throw error
      return Promise.reject(error)
    }
    const values = pull({ take, close, listen: () => undefined })
    const [first, second] = [values.next(), values.next()]
    await expect(first).rejects.toBe(error)
    expect(await second).toEqual(end)
    expect(close).toHaveBeenCalledTimes(1)
  },
)

test('an error or a break of the consumer closes the source', async () => {
  const from = source([{ value: 1 }, { value: 2 }])
  const consume = async () => {
    for await (const value of pull(from)) throw new Error(`consumer ${value}`)
  }
  await expect(consume()).rejects.toThrow('consumer 1')
  expect(from.close).toHaveBeenCalledTimes(1)
  const other = source<number>()
  const error = new Error('thrown in')
  await expect(pull(other).throw!(error)).rejects.toBe(error)
  expect(other.close).toHaveBeenCalledTimes(1)
})

test('a notification during a read is not lost', async () => {
  const read = Promise.withResolvers<Step<number>>()
  const from = source<number>([read.promise])
  const values = pull(from)
  const waiting = values.next()
  from.give({ value: 7 })
  read.resolve('wait')
  expect(await waiting).toEqual({ done: false, value: 7 })
})

test('readers that ask at once get values in order', async () => {
  const from = source<number>([Promise.resolve({ value: 1 }), { value: 2 }])
  const values = pull(from)
  const asked = [values.next(), values.next(), values.next()]
  from.give({ value: 3 }, 'done')
  expect((await Promise.all(asked)).map((result) => result.value)).toEqual([1, 2, 3])
  expect(await values.next()).toEqual(end)
})

test('a thousand opened and closed are each closed once', async () => {
  const latest = createLatest<number>()
  const onClose = vi.fn<() => void>()
  for (let round = 0; round < 1_000; round++) {
    const values = latest.watch({ maxPerSecond: 10, onClose })
    const waiting = values.next()
    await values.return()
    expect(await waiting).toEqual(end)
  }
  expect(onClose).toHaveBeenCalledTimes(1_000)
})

test('latest: current value first, a slow reader skips to the newest, an unchanged value comes once', async () => {
  const latest = createLatest<number>()
  latest.set(1)
  const values = latest.watch()
  expect((await values.next()).value).toBe(1)
  latest.set(2)
  latest.set(3)
  expect((await values.next()).value).toBe(3)
  const waiting = values.next()
  latest.set(4)
  expect((await waiting).value).toBe(4)
  await values.return()
})

test('latest: its end is the end of every reader, of one that waits and of one that comes later', async () => {
  const latest = createLatest<number>()
  latest.set(1)
  const reader = latest.watch()
  expect(await reader.next()).toEqual({ done: false, value: 1 })
  const waiting = reader.next()
  latest.end()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await latest.watch().next()).toEqual({ done: true, value: undefined })
})

test('latest: maxPerSecond spaces values out, and the last one always comes', async () => {
  const latest = createLatest<number>()
  latest.set(0)
  const values = latest.watch({ maxPerSecond: 20 })
  await values.next()
  const from = performance.now()
  for (let value = 1; value <= 50; value++) latest.set(value)
  expect((await values.next()).value).toBe(50)
  expect(performance.now() - from).toBeGreaterThan(40)
  await values.return()
})

test('map and filter forward the end to the source and close it when the change throws', async () => {
  const from = source([{ value: 1 }, { value: 2 }, { value: 3 }])
  const odd = map(
    filter(pull(from), (value) => value % 2 === 1),
    (value) => value * 10,
  )
  expect([(await odd.next()).value, (await odd.next()).value]).toEqual([10, 30])
  const waiting = odd.next()
  await odd.return()
  expect(await waiting).toEqual(end)
  expect(from.close).toHaveBeenCalledTimes(1)

  const broken = source([{ value: 1 }])
  const values = map(pull(broken), () => {
    throw new Error('change')
  })
  await expect(values.next()).rejects.toThrow('change')
  expect(await values.next()).toEqual(end)
  expect(broken.close).toHaveBeenCalledTimes(1)
})

test('all are woken though some can not be, and the first error is thrown', () => {
  const woken: number[] = []
  const waker = (n: number, error?: Error): Waker => ({
    wake: () => {
      woken.push(n)
      if (error) throw error
    },
  })
  const wakers = [waker(0), waker(1, new Error('the first')), waker(2, new Error('the second')), waker(3)]
  expect(() => wakeAll(new Set(wakers))).toThrow('the first')
  expect(woken).toEqual([0, 1, 2, 3])
  expect(() => wakeAll([])).not.toThrow()
})
