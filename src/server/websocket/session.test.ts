import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { CLOSE, frameOf, TEXT } from '../../../tests/testkit/frames.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'
import { wirePair } from '../../../tests/testkit/wire-pair.ts'
import { feedOf } from '../../platform/iterate/feed.ts'
import { createTurnstile, type Turnstile } from '../../platform/turnstile.ts'
import type { PrepareOperation } from './operation.ts'
import { Session } from './session.ts'
import { LiveSocket } from './socket.ts'

const said = (message: object): Buffer => frameOf(TEXT, Buffer.from(JSON.stringify(message)))
const asked = (id: string): Buffer => said({ id, type: 'subscribe', payload: { query: '{ a }' } })

/** A session whose client has said who it is. */
const acknowledged = async (given: {
  prepare: PrepareOperation
  turnstile?: Turnstile
  leaving?: Turnstile
}) => {
  const { client, wire } = await wirePair()
  const closed = vi.fn()
  const session = new Session(
    new LiveSocket(wire, undefined, 10_000),
    { counted: '', address: undefined, userAgent: undefined, credential: undefined },
    {
      turnstile: createTurnstile(),
      leaving: createTurnstile(),
      connect: () => Promise.resolve(true),
      rates: { requests: undefined },
      isClosing: () => false,
      onClosed: closed,
      log: pino({ level: 'silent' }),
      ...given,
    },
  )
  session.socket.open(session, Buffer.alloc(0))
  client.write(said({ type: 'connection_init' }))
  await once(client, 'data')
  return { client, wire, session, closed }
}

/** Lets in nobody until it opens. */
const shut = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let entered = 0
  return {
    entered: () => entered,
    open: resolve,
    enter: () => {
      entered += 1
      return promise
    },
  }
}

test('what a client that has left still waited for is not begun', async () => {
  const [gate, leaving] = [shut(), shut()]
  const turns = createTurnstile()
  let busy = false
  const prepare = vi.fn<PrepareOperation>()
  const { client, wire, closed } = await acknowledged({
    prepare,
    turnstile: { enter: () => (busy ? gate.enter() : turns.enter()) },
    leaving,
  })
  busy = true
  client.end(Buffer.concat(['1', '2', '3'].map(asked)))
  await eventually(() => expect([gate.entered(), leaving.entered()]).toEqual([3, 1]))
  gate.open()
  await turn()
  expect(prepare).not.toHaveBeenCalled()
  leaving.open()
  await once(wire, 'close')
  expect(closed).toHaveBeenCalledOnce()
})

test('nothing is begun after a close of ours', async () => {
  const prepare = vi.fn<PrepareOperation>()
  const { client, wire, session } = await acknowledged({ prepare })
  session.close(1001, 'Going away')
  client.end(Buffer.concat([asked('1'), frameOf(CLOSE, Buffer.from([3, 233]))]))
  await once(wire, 'close')
  await turn()
  expect(prepare).not.toHaveBeenCalled()
})

test('a live operation ends when its client does, also where the connection is closed later', async () => {
  const gate = shut()
  const ended = Promise.withResolvers<undefined>()
  const results = async function* () {
    try {
      yield { data: { a: 1 } }
      yield await ended.promise
    } finally {
      ended.resolve(undefined)
    }
  }
  const source = feedOf(results())
  const close = vi.spyOn(source, 'close')
  const { client, wire, session, closed } = await acknowledged({
    prepare: () => Promise.resolve(source as never),
    leaving: gate,
  })
  onTestFinished(() => ended.resolve(undefined))
  client.write(asked('1'))
  await once(client, 'data')
  client.end()
  await eventually(() => expect(gate.entered()).toBe(1))
  expect(close).toHaveBeenCalledOnce()
  expect([session.isOpen(), wire.destroyed, closed.mock.calls.length]).toEqual([false, false, 0])
  gate.open()
  await once(wire, 'close')
  expect(closed).toHaveBeenCalledOnce()
})
