import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { SlowConsumerError } from '../../src/platform/bus/reader.ts'
import { storeUnavailable } from '../../src/platform/errors.ts'
import { feedOf } from '../../src/platform/iterate/feed.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { failing, silent } from './bus.testkit.ts'

/** Breaks before anything is answered. */
const breaking: Plugin = {
  onSubscribe: ({ args }) => {
    if (getOperationAST(args.document)?.name?.value === 'Broken') throw new TypeError(SECRET)
  },
}
const LIVE = 'subscription { incidentChanged { __typename } }'
const SECRET = 'connect ECONNREFUSED 10.1.2.3:6379'

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp({ log: silent, plugins: [breaking] })
  ;({ key } = await program.seed.tenant())
})
afterAll(() => program.stop())

const failures: [code: string, error: Error][] = [
  ['STORE_UNAVAILABLE', storeUnavailable('Redis', new Error(SECRET))],
  ['INTERNAL', new TypeError(SECRET)],
  ['SLOW_CONSUMER', new SlowConsumerError('12-3')],
]
const roads = (['WebSocket', 'SSE', 'SSE single connection'] as const).flatMap((road) =>
  failures
    .filter(([code]) => road !== 'WebSocket' || code !== 'SLOW_CONSUMER') // that one closes the socket: close-codes.test.ts
    .map(([code, error]) => [road, code, error] as const),
)

test.each(roads)('over %s the last thing that a failing stream says is %s', async (road, code, error) => {
  const client = createTestClient(program.url, key)
  vi.spyOn(program.app.bus, 'subscribe').mockResolvedValueOnce(feedOf(failing(error)))
  const live = road === 'WebSocket' ? client.webSocket() : client.sse(road === 'SSE single connection')
  const values = live.subscribe(LIVE as never)
  const { value } = (await values.next()) as { value: { errors: { message: string }[] } }
  const more = code === 'SLOW_CONSUMER' ? { cursor: '12-3' } : {}
  expect(value.errors).toMatchObject([{ extensions: { code, requestId: expect.any(String), ...more } }])
  expect(JSON.stringify(value)).not.toContain('10.1.2.3')
  // Who was too slow has not come to the end: its stream is cut, and a client that retries comes again.
  if (code === 'SLOW_CONSUMER') await expect(values.next()).rejects.toThrow('Connection closed')
  else expect(await values.next()).toMatchObject({ done: true })
  await live.close()
})

test.each([
  ['/graphql', 'application/graphql-response+json', 500],
  ['/graphql', 'application/json', 200],
  ['/graphql', 'text/event-stream', 200],
  ['/graphql/stream', 'text/event-stream', 500],
])(
  'what breaks before %s has an answer in %s is told in our form, without a stack',
  async (path, accept, status) => {
    const response = await fetch(`${program.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept },
      body: JSON.stringify({ query: 'subscription Broken { incidentChanged { __typename } }' }),
    })
    const text = await response.text()
    expect(response.status).toBe(status)
    const requestId = response.headers.get('x-request-id')
    expect(JSON.parse(/^data: (.+)$/m.exec(text)?.[1] ?? text)).toEqual({
      errors: [{ message: expect.stringContaining(requestId!), extensions: { code: 'INTERNAL', requestId } }],
    })
  },
)
