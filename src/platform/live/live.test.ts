import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { until } from '../../../tests/testkit/waiters.ts'
import { currentDeadline, underDeadline } from '../deadline.ts'
import { Feed } from '../iterate/feed.ts'
import { createLatest } from '../iterate/latest.ts'
import type { Step, Waker } from '../iterate/pull.ts'
import { Outbox, type Wire } from './outbox.ts'
import { Subscriber } from './subscriber.ts'

/** A connection whose other side takes what it is told to. */
const connection = () => {
  const written: string[] = []
  let waiting: { size: number; taken: ((error?: Error | null) => void) | undefined }[] = []
  let reads = true
  const wire: Wire = {
    get writableLength() {
      return waiting.reduce((sum, { size }) => sum + size, 0)
    },
    write: (bytes, taken) => {
      if (bytes.length > 0) written.push(bytes.toString())
      if (reads) taken?.()
      else waiting.push({ size: bytes.length, taken })
    },
  }
  const settle = (error?: Error): void => {
    const all = waiting
    waiting = []
    for (const { taken } of all) taken?.(error)
  }
  return {
    wire,
    written,
    stall: () => void (reads = false),
    read: () => {
      reads = true
      settle()
    },
    cut: () => settle(new Error('cut')),
  }
}

class Lines extends Outbox {
  constructor(wire?: Wire) {
    super()
    if (wire) this.open(wire)
  }
  attach(wire: Wire): void {
    this.open(wire)
  }
  protected isOpen(): boolean {
    return true
  }
  protected bytesOf(head: Buffer, tail: Buffer): Buffer {
    return Buffer.concat([head, tail])
  }
  protected bytesOfAll(parts: readonly Buffer[]): Buffer {
    return Buffer.concat(parts)
  }
}

class Row extends Subscriber<number> {
  readonly said: string[] = []
  private readonly name: string
  constructor(name: string, feed: Feed<number>, outbox: Outbox) {
    super(feed, outbox)
    this.name = name
  }
  protected send(value: number): void {
    this.outbox.put(Buffer.from(this.name), Buffer.from(`${value} `))
  }
  protected complete(): void {
    this.said.push('complete')
  }
  protected fail(error: unknown): void {
    this.said.push(String(error))
  }
}

/** A feed that a test fills. */
class Queue extends Feed<number> {
  readonly steps: (Step<number> | Promise<Step<number>> | Error)[] = []
  taken = 0
  closed = 0
  private waker: Waker | undefined
  take(): Step<number> | Promise<Step<number>> {
    this.taken += 1
    const step = this.steps.shift() ?? 'wait'
    if (step instanceof Error) throw step
    return step
  }
  give(...steps: Queue['steps']): void {
    this.steps.push(...steps)
    this.waker?.wake()
  }
  listen(waker: Waker): void {
    this.waker = waker
  }
  close(): void {
    this.closed += 1
  }
}

const setup = () => {
  const { wire, ...rest } = connection()
  const [outbox, queue] = [new Lines(wire), new Queue()]
  const row = new Row('a', queue, outbox)
  row.start()
  return { outbox, queue, row, ...rest }
}

test('what comes within a turn is one write a connection, and in its order', async () => {
  const { queue, outbox, written } = setup()
  const other = new Queue()
  new Row('b', other, outbox).start()
  queue.give({ value: 1 })
  other.give({ value: 1 })
  queue.give({ value: 2 }, { value: 3 })
  expect(written).toEqual([])
  await turn()
  await turn()
  expect(written).toEqual(['a1 a2 a3 b1 '])
})

test('a state that changes several times in a turn is sent once, and while its client does not read not at all', async () => {
  const { wire, written, stall, read } = connection()
  const latest = createLatest<number>()
  new Row('s', latest.watch(), new Lines(wire)).start()
  for (const value of [1, 2, 3]) latest.set(value)
  await turn()
  expect(written).toEqual(['s3 '])
  stall()
  latest.set(4)
  await turn()
  for (const value of [5, 6, 7]) {
    latest.set(value)
    await turn()
  }
  expect(written).toEqual(['s3 ', 's4 '])
  read()
  await turn()
  expect(written).toEqual(['s3 ', 's4 ', 's7 '])
})

test('a live operation runs under no deadline, also where the operation that wakes it has one', async () => {
  const { queue, written } = setup()
  const deadlines: unknown[] = []
  const take = queue.take.bind(queue)
  queue.take = () => {
    deadlines.push(currentDeadline())
    return take()
  }
  await turn()
  underDeadline({ endsAt: 0 }, () => queue.give({ value: 1 }))
  await turn()
  await turn()
  expect(written).toEqual(['a1 '])
  expect(new Set(deadlines)).toEqual(new Set([undefined]))
})

test('a source is asked for nothing while the client does not read, and goes on where it stood', async () => {
  const { queue, written, stall, read } = setup()
  stall()
  queue.give({ value: 1 })
  await turn()
  const { taken } = queue
  for (let value = 2; value <= 9; value += 1) queue.give({ value })
  await turn()
  expect(queue.taken).toBe(taken)
  read()
  await turn()
  expect(written.join('')).toBe('a1 a2 a3 a4 a5 a6 a7 a8 a9 ')
})

test('a connection that breaks while it does not read wakes nobody', async () => {
  const { queue, stall, cut } = setup()
  stall()
  queue.give({ value: 1 }, { value: 2 })
  await turn()
  const { taken } = queue
  cut()
  await turn()
  expect(queue.taken).toBe(taken)
})

test('before a connection is there nothing is asked for, and what was put is written first', async () => {
  const { wire, written } = connection()
  const [outbox, queue] = [new Lines(), new Queue()]
  new Row('a', queue, outbox).start()
  outbox.put(Buffer.from('first'), Buffer.from(' '))
  queue.give({ value: 1 })
  await turn()
  expect([queue.taken, written]).toEqual([0, []])
  outbox.attach(wire)
  await turn()
  expect(written).toEqual(['first ', 'a1 '])
})

test('a wake-up during a read is not lost, nor a value that is read by a promise', async () => {
  const { queue, written } = setup()
  const read = Promise.withResolvers<Step<number>>()
  queue.give(read.promise)
  await turn()
  queue.give({ value: 2 })
  await turn()
  expect(written).toEqual([])
  read.resolve('wait')
  await turn()
  await turn()
  expect(written).toEqual(['a2 '])
  queue.give(Promise.resolve({ value: 3 }), { value: 4 })
  await turn()
  await turn()
  await turn()
  expect(written.join('')).toBe('a2 a3 a4 ')
})

test.each([
  ['done', () => 'done' as const, 'complete'],
  ['an error', () => new Error('broken'), 'Error: broken'],
  ['a promise that fails', () => pause(5).then(() => Promise.reject(new Error('later'))), 'Error: later'],
])('%s closes the source once, and is told once', async (_what, step, said) => {
  const { queue, row } = setup()
  queue.give({ value: 1 }, step(), { value: 2 })
  await until(() => row.said.length > 0)
  expect([row.said, queue.closed]).toEqual([[said], 1])
  row.close()
  queue.give({ value: 3 })
  await turn()
  expect([row.said, queue.closed]).toEqual([[said], 1])
})

test('whoever missed thousands does not keep another from its turn', async () => {
  const { outbox: slow, queue, written } = setup()
  const { wire, written: others } = connection()
  const other = new Queue()
  new Row('b', other, new Lines(wire)).start()
  expect(slow).toBeInstanceOf(Outbox)
  queue.give(...Array.from({ length: 1_000 }, (_, value) => ({ value })))
  other.give({ value: 1 })
  await turn()
  expect(others).toEqual(['b1 '])
  expect(written.join('').split(' ').length).toBeLessThan(300)
  for (let turns = 0; turns < 5; turns += 1) await turn()
  expect(written.join('').split(' ').length).toBe(1_001)
})
