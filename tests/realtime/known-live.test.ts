import { expect, test } from 'vitest'
import { startApp, type TestApp } from '../testkit/app.ts'
import { openAcknowledged, openRaw } from '../testkit/raw-socket.ts'

const BEGINS = 'incidentChanged(after: $after, withStart: true) { ... on Resync { reason } }'
const VIEWERS = 'tenantViewers(maxPerSecond: $rate) { viewers }'
const TWO = `subscription A($after: String) { ${BEGINS} } subscription B($rate: Float) { ${VIEWERS} } query C { viewer { scopes } }`
const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`x${index}`, index]))

/** What clients ask for: right, wrong in each place that is looked at, and not for everybody. */
const asked: readonly object[] = [
  { query: `subscription ($after: String) { ${BEGINS} }` },
  { query: `subscription ($after: String) { ${BEGINS} }`, variables: null, operationName: null },
  { query: `subscription ($after: String) { ${BEGINS} }`, variables: { after: 5 } },
  { query: `subscription ($after: String) { ${BEGINS} }`, variables: { after: 'no cursor' } },
  { query: `subscription ($after: String) { ${BEGINS} }`, variables: { after: '\ud83d' } },
  { query: `subscription ($after: String) { ${BEGINS} }`, variables: { unknown: 1 } },
  { query: `subscription ($after: String!) { ${BEGINS} }` },
  { query: `subscription ($after: String) { ${BEGINS} }`, extensions: many },
  {
    query: 'subscription ($is: Boolean!) { tenantViewers @include(if: $is) { viewers } }',
    variables: { is: true },
  },
  { query: `subscription ($rate: Float) { ${VIEWERS} }`, variables: { rate: 2 } },
  { query: `subscription ($rate: Float) { ${VIEWERS} }`, variables: { rate: 1_000 } },
  { query: TWO, operationName: 'A' },
  { query: TWO, operationName: 'B' },
  { query: TWO, operationName: 'C' },
  { query: TWO, operationName: 'D' },
  { query: TWO },
]

/** What each is told until it is ended, without what is new each time. */
const toldBy = async ({ url }: TestApp, key: string | undefined): Promise<string[]> => {
  const { send, next } = await openRaw(url)
  send({ type: 'connection_init', payload: key === undefined ? {} : { authorization: `Bearer ${key}` } })
  expect(await next()).toEqual({ type: 'connection_ack' })
  const told: string[] = []
  for (const payload of asked) {
    send({ id: '1', type: 'subscribe', payload })
    const messages = [await next()]
    send({ id: '1', type: 'complete' }, { type: 'ping' })
    for (let message = await next(); message.type !== 'pong'; message = await next()) messages.push(message)
    told.push(
      JSON.stringify(messages).replaceAll(/"requestId":"[^"]*"|"remaining":\d+,"resetAt":"[^"]*"/g, ''),
    )
  }
  return told
}

/** One that may do everything, one that may not read, and none. */
const keysOf = async ({ seed }: TestApp): Promise<(string | undefined)[]> => {
  const { tenant, key } = await seed.tenant()
  return [key, await seed.key(tenant, ['ingest']), undefined]
}

test('a live operation whose document came before is told what Yoga would tell', async () => {
  const byYoga = await startApp({ plugins: [{}] }) // a further plugin may have its say: nothing goes past it
  const program = await startApp()
  try {
    const [keys, others] = [await keysOf(byYoga), await keysOf(program)]
    for (const [index, key] of others.entries()) {
      const expected = await toldBy(byYoga, keys[index])
      expect(await toldBy(program, key)).toEqual(expected)
      expect(await toldBy(program, key)).toEqual(expected)
    }
  } finally {
    await program.stop()
    await byYoga.stop()
  }
})

test('a live operation that is known is charged, and refused when the budget is used up', async () => {
  const program = await startApp({ settings: { RATE_LIMIT_COST: '30' } })
  try {
    const { key } = await program.seed.tenant()
    const { subscribe, next } = await openAcknowledged(program.url, key)
    const told: unknown[] = []
    while (told.length < 40) {
      subscribe(String(told.length), `subscription ($after: String) { ${BEGINS} }`)
      const { type, payload } = await next()
      if (type === 'error') {
        expect(payload).toMatchObject([
          { extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) as unknown } },
        ])
        break
      }
      told.push(payload)
    }
    expect(told).toHaveLength(30) // each costs 1, and once
    expect(new Set(told.map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify(told[0])]))
  } finally {
    await program.stop()
  }
})
