import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createWatch, type Watched } from './watch.ts'

const SILENCE_MS = 300

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A connection that waits for an answer, unless `sign` says otherwise, and what it was dropped with. */
const open = () => {
  const dropped: Error[] = []
  const state: { sign: string | undefined } = { sign: '0' }
  const watched: Watched = { sign: () => state.sign, drop: (error) => void dropped.push(error) }
  return { watched, dropped, state }
}
/** A millisecond more a look, which comes a turn after its timer. */
const pass = (looks: number) => vi.advanceTimersByTimeAsync((looks * SILENCE_MS) / 3 + 1)

test('silence drops who waits, with an error that drivers know; a sign of life, or not to wait, is none', async () => {
  const watch = createWatch({ silenceMs: SILENCE_MS })
  const [silent, alive, idle, gone] = [open(), open(), open(), open()]
  for (const { watched } of [silent, alive, idle]) watch.add(watched)
  watch.add(gone.watched)()
  idle.state.sign = undefined
  for (let look = 1; look <= 4; look += 1) {
    expect(silent.dropped).toEqual([])
    await pass(1)
    alive.state.sign = String(look)
  }
  expect(silent.dropped).toMatchObject([{ code: 'ETIMEDOUT' }])
  expect(alive.dropped).toEqual([])
  await pass(4)
  expect(alive.dropped).toHaveLength(1)
  expect([...idle.dropped, ...gone.dropped]).toEqual([])
  watch.close()
})

test('it is asked for a sign of life before each look', async () => {
  const watch = createWatch({ silenceMs: SILENCE_MS })
  const { watched, state, dropped } = open()
  let asked = 0
  watch.add({ ...watched, ask: () => void (state.sign = String((asked += 1))) })
  await pass(9)
  expect([asked, dropped.length]).toEqual([9, 0])
  watch.close()
})

test('who the store works on is left alone; who it twice does not name is dropped', async () => {
  const [slow, dead] = [open(), open()]
  const asked: number[] = []
  const watch = createWatch({
    silenceMs: SILENCE_MS,
    atWork: async (silent) => {
      asked.push(silent.length)
      return new Set([slow.watched])
    },
  })
  watch.add(slow.watched)
  watch.add(dead.watched)
  await pass(4)
  expect([asked, dead.dropped.length]).toEqual([[2], 0])
  await pass(1)
  expect([asked, dead.dropped.length]).toEqual([[2, 2], 1])
  await pass(20)
  expect(slow.dropped).toEqual([])
  watch.close()
})

test('an answer that comes while the store is asked keeps its connection', async () => {
  const { watched, state, dropped } = open()
  const watch = createWatch({
    silenceMs: SILENCE_MS,
    atWork: async () => {
      state.sign = 'an answer'
      throw new Error('away')
    },
  })
  watch.add(watched)
  await pass(6)
  expect(dropped).toEqual([])
  watch.close()
})

test('a store that does not answer over a new connection either works on nothing', async () => {
  const { watched, dropped } = open()
  const cause = new Error('away')
  const watch = createWatch({ silenceMs: SILENCE_MS, atWork: () => Promise.reject(cause) })
  watch.add(watched)
  await pass(4)
  expect(dropped).toMatchObject([{ code: 'ETIMEDOUT', cause }])
  watch.close()
})
