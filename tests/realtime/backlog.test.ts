import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Plugin } from 'graphql-yoga'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { openAcknowledged, openRaw } from '../testkit/raw-socket.ts'
import { eventually } from '../testkit/waiters.ts'

// The garbage collector, without a flag for every test run.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const FAT = 'x'.repeat(1 << 20)
const FOREVER = 'subscription { incidentChanged { __typename } }'

/** Answers every query with a megabyte. */
let answered = 0
const fat: Plugin = {
  onExecute: ({ setResultAndStopExecution }) => {
    answered += 1
    setResultAndStopExecution({ data: { fat: FAT } })
  },
}

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp({ plugins: [fat] })
  ;({ key } = await program.seed.tenant())
})
afterAll(() => program.stop())

test('a ping is answered without what it carries: nobody has the server send what they like', async () => {
  const raw = await openRaw(program.url)
  raw.send({ type: 'ping', payload: { fat: FAT.slice(0, 100_000) } })
  expect(await raw.next()).toEqual({ type: 'pong' })
})

test('a socket that is not read is not read from either, and goes on where it stood', async () => {
  const before = answered
  const raw = await openAcknowledged(program.url, key)
  raw.stall()
  const most = 64
  let asked = 0
  /** Asks one query more as soon as the last one was answered; ends when it is not. */
  const ask = async (): Promise<void> => {
    while (asked < most) {
      raw.subscribe(String((asked += 1)), '{ __typename }')
      await eventually(() => expect(answered - before).toBe(asked), 1_500)
    }
  }
  await expect(ask()).rejects.toThrow('to be')
  // What the network takes, 64 kB, and the one that went over it.
  expect(asked).toBeLessThan(most)
  raw.read()
  for (let index = 0; index < asked; index += 1) {
    expect(await raw.next()).toMatchObject({ id: String(index + 1), type: 'next' })
    expect(await raw.next()).toEqual({ id: String(index + 1), type: 'complete' })
  }
  expect(raw.isOpen()).toBe(true)
})

test('what a client goes on to send after the close, and takes no answer of, is not kept', async () => {
  const small = await startApp({ plugins: [fat], settings: { RATE_LIMIT_REQUESTS: '60' } })
  try {
    const owner = await small.seed.tenant()
    const raw = await openAcknowledged(small.url, owner.key, { answersClose: false })
    raw.stall()
    const before = answered
    raw.send(
      ...Array.from({ length: 40 }, (_, id) => ({
        id: `${id}`,
        type: 'subscribe',
        payload: { query: '{ __typename }' },
      })),
    )
    await eventually(() => expect(answered - before).toBeGreaterThan(10))
    raw.pingFrames(80) // over the rate: 1013, which it does not read
    collect()
    const held = process.memoryUsage().arrayBuffers
    // Half of what is sent: the network holds a part of it itself.
    const most = 32 << 20
    for (let sent = 0; sent < 2 * most; sent += 1 << 20) {
      raw.send(...Array.from({ length: 8 }, () => FAT.slice(0, 128 << 10)))
      await raw.drained()
    }
    await eventually(
      () => {
        collect()
        expect(process.memoryUsage().arrayBuffers - held).toBeLessThan(most)
      },
      5_000,
      250,
    ) // each collects all garbage
    expect(raw.isOpen()).toBe(true)
    raw.read()
    expect(await raw.closed(20_000)).toBe('1013 Try again later') // behind all that it did not read
  } finally {
    await small.stop()
  }
})

test('an operation that ends in the moment in which it begins is a request all the same', async () => {
  const small = await startApp({ settings: { RATE_LIMIT_REQUESTS: '10' } })
  try {
    const raw = await openAcknowledged(small.url, (await small.seed.tenant()).key)
    const pairs = Array.from({ length: 20 }, (_, id) => [
      { id: `${id}`, type: 'subscribe', payload: { query: FOREVER } },
      { id: `${id}`, type: 'complete' },
    ])
    raw.send(...pairs.flat())
    expect(await raw.closed()).toBe('1013 Try again later')
  } finally {
    await small.stop()
  }
})

test('a socket has at most 100 operations under way, and one that ends makes room', async () => {
  const raw = await openAcknowledged(program.url, key)
  raw.send(
    ...Array.from({ length: 101 }, (_, id) => ({
      id: String(id),
      type: 'subscribe',
      payload: { query: FOREVER },
    })),
  )
  expect(await raw.next()).toMatchObject({
    id: '100',
    type: 'error',
    payload: [{ extensions: { code: 'LIMIT_EXCEEDED' } }],
  })
  raw.send({ id: '5', type: 'complete' })
  raw.subscribe('more', '{ __typename }')
  expect(await raw.next()).toMatchObject({ id: 'more', type: 'next' })
  expect(raw.isOpen()).toBe(true)
})

test('2,000 refused operations at once are each answered', async () => {
  const raw = await openAcknowledged(program.url, key)
  raw.send(
    ...Array.from({ length: 2_000 }, (_, id) => ({
      id: `${id}`,
      type: 'subscribe',
      payload: { query: '{' },
    })),
  )
  for (let count = 0; count < 2_000; count += 1) expect(await raw.next()).toMatchObject({ type: 'error' })
})

test('any number of ping frames in one burst is answered, and over the rate it is 1013, as the docs say', async () => {
  const small = await startApp({ settings: { RATE_LIMIT_REQUESTS: '1000' } })
  const raw = await openRaw(small.url)
  raw.pingFrames(500)
  await raw.ponged()
  expect(raw.isOpen()).toBe(true)
  raw.pingFrames(800)
  expect(await raw.closed()).toBe('1013 Try again later')
  await small.stop()
})

test.each(['ping', 'pong', 'frame'])(
  'a %s is a request of its address, also before connection_init',
  async (what) => {
    const small = await startApp({ settings: { RATE_LIMIT_REQUESTS: '5' } })
    try {
      const raw = await openRaw(small.url) // the first
      const say = (): void => (what === 'frame' ? raw.pingFrame() : raw.send({ type: what }))
      for (let count = 0; count < 5; count += 1) say()
      expect(await raw.closed()).toBe('1013 Try again later')
    } finally {
      await small.stop()
    }
  },
)
