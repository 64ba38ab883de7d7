import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { openAcknowledged, type Message } from '../testkit/raw-socket.ts'
import { eventually } from '../testkit/waiters.ts'

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp()
  ;({ key } = await program.seed.tenant())
})
afterAll(() => program.stop())

const forever = 'subscription { incidentChanged { __typename } }'
const nothingLeft = () =>
  eventually(() => {
    const {
      bus,
      modules: { viewers },
    } = program.app
    expect([bus.openTails(), viewers.live.open()]).toEqual([0, 0])
  }, 12_000)

test('200 operations that come and go, half of them before their first value, leave nothing behind', async () => {
  const { send, next, subscribe, isOpen } = await openAcknowledged(program.url, key)
  const sources = ['subscription { tenantViewers { viewers } }', forever]
  for (let n = 0; n < 200; n++) {
    const id = String(n)
    subscribe(id, sources[n % 2]!)
    if (n % 4 === 0) {
      let message: Message
      do message = await next()
      while (message.id !== id) // values of an operation that was completed just now
      expect(message).toMatchObject({ type: 'next' })
    }
    send({ id, type: 'complete' })
  }
  // Whatever follows is answered: nothing of before holds the socket up.
  subscribe('last', '{ viewer { scopes } }')
  let message: Message
  do message = await next()
  while (message.id !== 'last')
  expect(program.app.modules.viewers.live.open()).toBe(1)
  await nothingLeft()
  expect(isOpen()).toBe(true)
})

/** Past the comments that keep a stream alive; in tests Yoga sends one every 300 ms. */
const toTheEnd = async (reader: ReadableStreamDefaultReader<string>): Promise<void> => {
  while (!(await reader.read()).done);
}

/** An SSE client that has its first value; the result breaks the connection. */
const listen = async (path: string): Promise<() => Promise<void>> => {
  const leave = new AbortController()
  const response = await fetch(`${program.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({ query: 'subscription { tenantViewers { viewers } }' }),
    signal: leave.signal,
  })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('"viewers":"0"')) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`the stream ended after ${text}`)
    text += value
  }
  expect(text).toContain('event: next')
  return async () => {
    leave.abort()
    await expect(toTheEnd(reader)).rejects.toThrow('aborted')
  }
}

/** Asks for a subscription as one asks for a query. */
const askPlainly = async (): Promise<void> => {
  const response = await fetch(`${program.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({ query: forever }),
  })
  expect(response.status).toBe(406)
  expect(await response.json()).toMatchObject({
    errors: [{ message: expect.stringContaining('text/event-stream'), extensions: { code: 'BAD_REQUEST' } }],
  })
}

test('a socket and SSE clients that break without a word, and one that could not read events, free all their sources', async () => {
  await askPlainly()
  const leavers = await Promise.all(['/graphql', '/graphql/stream'].map(listen))
  const { subscribe, next, cut } = await openAcknowledged(program.url, key)
  subscribe('1', forever)
  subscribe('2', 'subscription { tenantViewers { viewers } }')
  expect(await next()).toMatchObject({ id: '2', type: 'next' })
  expect(program.app.modules.viewers.live.open()).toBe(1)
  cut()
  await Promise.all(leavers.map((leave) => leave()))
  await nothingLeft()
})
