import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { SlowConsumerError } from '../../src/platform/bus/reader.ts'
import { storeUnavailable } from '../../src/platform/errors.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient } from '../testkit/client.ts'
import { failing, silent } from './bus.testkit.ts'

const LIVE = 'subscription { incidentChanged { __typename } }'
const SECRET = 'connect ECONNREFUSED 10.1.2.3:6379'

let program: TestApp
let key: string
beforeAll(async () => {
  program = await startApp({ log: silent })
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
  vi.spyOn(program.app.modules.bus, 'subscribe').mockResolvedValueOnce(failing(error))
  const live = road === 'WebSocket' ? client.webSocket() : client.sse(road === 'SSE single connection')
  const values = live.subscribe(LIVE as never)
  const { value } = (await values.next()) as { value: { errors: { message: string }[] } }
  const more = code === 'SLOW_CONSUMER' ? { cursor: '12-3' } : {}
  expect(value.errors).toMatchObject([{ extensions: { code, requestId: expect.any(String), ...more } }])
  expect(JSON.stringify(value)).not.toContain('10.1.2.3')
  expect(await values.next()).toMatchObject({ done: true })
  await live.close()
})
