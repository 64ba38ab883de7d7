import { expect, test } from 'vitest'
import { createLane, forEach } from './at-once.ts'

test('a lane does all that is added, so much at once and no more, also what comes as it runs dry', async () => {
  const lane = createLane(2)
  let [now, most] = [0, 0]
  const done: number[] = []
  const work = (n: number) => async (): Promise<void> => {
    most = Math.max(most, (now += 1))
    await Promise.resolve()
    now -= 1
    done.push(n)
    if (n < 20) lane.add(work(n + 2))
  }
  lane.add(work(1))
  lane.add(work(2))
  lane.add(work(101))
  for (let turn = 0; turn < 50; turn += 1) {
    await Promise.resolve()
    lane.add(work(1_000 + turn))
  }
  await lane.end()
  expect(most).toBe(2)
  expect(done.length).toBe(11 + 10 + 1 + 50)
  lane.add(work(5_000))
  await lane.end()
  expect(done.at(-1)).toBe(5_000)
})

test('after an error nothing more is begun, and it is told when what was begun is done', async () => {
  const done: number[] = []
  const work = async (n: number): Promise<void> => {
    await Promise.resolve()
    if (n === 3) throw new Error('the third')
    await new Promise(setImmediate)
    done.push(n)
  }
  await expect(forEach(2, [1, 2, 3, 4, 5, 6, 7, 8], work)).rejects.toThrow('the third')
  expect(done).toEqual([1, 2])
})
