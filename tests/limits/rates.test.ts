import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { AppError } from '../../src/platform/errors.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer } from '../testkit/client.ts'

const LIMIT = 1_000
let program: TestApp
beforeAll(async () => {
  program = await startApp({ settings: { RATE_LIMIT_COST: String(LIMIT), RATE_LIMIT_ROWS: '10' } })
})
afterAll(() => program.stop())

type Told = {
  requested: number
  actual: number
  max: number
  remaining: number
  resetAt: string
}
type Charged = Answer<{ rateLimit: Record<string, unknown> }> & { extensions: { cost: Told } }

const post = async (key: string, query: string, accept = 'application/json') => {
  const response = await fetch(`${program.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept },
    body: JSON.stringify({ query }),
  })
  return { response, text: await response.text() }
}
const ask = async (key: string, query: string) => {
  const { response, text } = await post(key, query)
  return { response, answer: JSON.parse(text) as Charged }
}
const header = (response: Response, name: string): number => Number(response.headers.get(name))

const PAGE = 'streams(first: 100) { nodes { title } }'

test('headers, extensions and the field of one answer agree to the digit, and the unused part is given back', async () => {
  const { key, tenant } = await program.seed.tenant()
  await program.seed.stream(tenant)
  const query = `{ mine: rateLimit { limit c: cost remaining resetAt } ...R ${PAGE} }
    fragment R on Query { again: rateLimit { remaining } }`
  const { response, answer } = await ask(key, query)
  const { cost } = answer.extensions
  // The connection with up to 100 streams; there is one.
  expect(cost).toMatchObject({ requested: 101, actual: 2, max: 5_000, remaining: LIMIT - 2 })
  expect(answer.data).toMatchObject({
    mine: { limit: LIMIT, c: 2, remaining: cost.remaining, resetAt: cost.resetAt },
    again: { remaining: cost.remaining },
  })
  expect(header(response, 'ratelimit-limit')).toBe(LIMIT)
  expect(header(response, 'ratelimit-remaining')).toBe(cost.remaining)
  const untilReset = (Date.parse(cost.resetAt) - Date.now()) / 1_000
  expect(header(response, 'ratelimit-reset') - untilReset).toBeGreaterThanOrEqual(0)
  expect(header(response, 'ratelimit-reset') - untilReset).toBeLessThan(2)

  const { answer: next } = await ask(key, '{ rateLimit { remaining cost } }')
  expect(next.data?.rateLimit).toEqual({ remaining: LIMIT - 2, cost: 0 })
})

test('an answer with errors gets nothing back: what was found and left out was found all the same', async () => {
  const { key, tenant } = await program.seed.tenant()
  await program.seed.stream(tenant)
  const { answer } = await ask(key, `{ ${PAGE} logs(after: "forged") { nodes { message } } }`)
  expect(answer.errors?.map(({ extensions }) => extensions?.code)).toEqual(['BAD_REQUEST'])
  expect(answer.data).toMatchObject({ streams: { nodes: [{}] }, logs: null })
  // The page, the question to ClickHouse and its 20 lines, with up to four times 8,192 characters each.
  expect(answer.extensions.cost).toMatchObject({ requested: 191, actual: 191, remaining: LIMIT - 191 })
})

test.each([
  ['streams(first: 500) { nodes { title } }', 'BAD_REQUEST', 0],
  ['streams(first: -1) { nodes { title } }', 'BAD_REQUEST', 0],
  ['streams { nodes { keys(last: 101) { nodes { name } } } }', 'BAD_REQUEST', 21],
  [
    'streams(filter: { not: { not: { not: { not: { status: { eq: LIVE } } } } } }) { totalCount }',
    'LIMIT_EXCEEDED',
    0,
  ],
  ['streams { nodes { viewers(range: { last: "P91D" }) { average } } }', 'LIMIT_EXCEEDED', 21],
  ['analytics { logLevels(range: { last: "P1D" }, step: "PT1S") { step } }', 'LIMIT_EXCEEDED', 1],
  ['analytics { viewersNow(by: STREAM, first: 1001) { total } }', 'BAD_REQUEST', 1],
  ['logs(first: 101) { nodes { message } }', 'BAD_REQUEST', 0],
  ['logs(range: { last: "P91D" }) { nodes { message } }', 'LIMIT_EXCEEDED', 0],
  ['connectionEvents(range: { last: "P91D" }) { nodes { address } }', 'LIMIT_EXCEEDED', 0],
  ['streams { nodes { connectionEvents(first: 101) { nodes { address } } } }', 'BAD_REQUEST', 21],
  [
    `analytics { connections(filter: { connector: { contains: "${'x'.repeat(257)}" } }) { joins } }`,
    'LIMIT_EXCEEDED',
    1,
  ],
  ['productEvents(range: { last: "P91D" }) { nodes { userId } }', 'LIMIT_EXCEEDED', 0],
  [
    `analytics { productEvents(filter: { userId: { contains: "${'x'.repeat(257)}" } }) { count } }`,
    'LIMIT_EXCEEDED',
    1,
  ],
  [
    `analytics { logLevels(filter: { host: { contains: "${'x'.repeat(257)}" } }) { from } }`,
    'LIMIT_EXCEEDED',
    1,
  ],
  ['analytics { productEventBreakdown(property: "a..b") { count } }', 'BAD_REQUEST', 1],
  [
    'analytics { productEventBreakdown(property: "a", range: { last: "P91D" }) { count } }',
    'LIMIT_EXCEEDED',
    1,
  ],
  ['analytics { productFunnel(steps: [{}]) { users } }', 'BAD_REQUEST', 1],
  ['analytics { productFunnel(steps: [{}, {}], range: { last: "P91D" }) { users } }', 'LIMIT_EXCEEDED', 1],
  ['analytics { productRetention(timezone: "Mars/Base") { users } }', 'VALIDATION_FAILED', 1],
])('%s is refused before anything of it is charged', async (field, code, around) => {
  const { key, tenant } = await program.seed.tenant()
  await program.seed.stream(tenant)
  const { answer } = await ask(key, `{ tenant { slug } ${field} }`)
  expect(answer.errors).toMatchObject([{ locations: [{ line: 1 }], extensions: { code } }])
  expect(answer.data).toMatchObject({ tenant: {} })
  expect(answer.extensions.cost).toMatchObject({ requested: 1 + around, remaining: LIMIT - 1 - around })
})

describe('a budget that is used up', () => {
  let key: string
  let stillLeft: number
  beforeAll(async () => {
    const { key: made, tenant } = await program.seed.tenant()
    key = made
    await Promise.all(Array.from({ length: 20 }, () => program.seed.stream(tenant)))
    // 21 each, until a page of 100 (101) no longer fits.
    do {
      const { answer } = await ask(key, '{ streams(first: 20) { nodes { title } } }')
      stillLeft = answer.extensions.cost.remaining
    } while (stillLeft > 90)
  })

  test('is RATE_LIMITED over HTTP: 429, Retry-After, and the headers of the budget', async () => {
    const { response, answer } = await ask(key, `{ ${PAGE} }`)
    expect(response.status).toBe(429)
    expect(answer.errors?.[0]?.extensions?.code).toBe('RATE_LIMITED')
    const retryAfter = header(response, 'retry-after')
    expect(retryAfter).toBeGreaterThanOrEqual(1)
    expect(retryAfter).toBeLessThanOrEqual(60)
    expect(header(response, 'ratelimit-reset')).toBe(retryAfter)
    expect(header(response, 'ratelimit-remaining')).toBe(stillLeft)
    expect(answer.errors?.[0]?.extensions).toMatchObject({ retryAfterSeconds: retryAfter })
  })

  test('still lets through what fits into the rest: a refusal costs nothing', async () => {
    const { answer } = await ask(key, '{ rateLimit { remaining } }')
    expect(answer.data?.rateLimit).toEqual({ remaining: stillLeft })
  })

  test('is an `error` message over a WebSocket, and an event with the error over SSE', async () => {
    const socket = createTestClient(program.url, key).webSocket()
    await expect(socket.subscribe(`{ ${PAGE} }` as never).next()).rejects.toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'RATE_LIMITED' }) }),
    ])
    await socket.close()
    const { text } = await post(key, `{ ${PAGE} }`, 'text/event-stream')
    const [, data] = /^data: (.+)$/m.exec(text) ?? []
    const { errors } = JSON.parse(data!) as Charged
    expect(errors).toEqual([
      { message: expect.any(String), extensions: expect.objectContaining({ code: 'RATE_LIMITED' }) },
    ])
    expect(errors?.[0]?.extensions).not.toHaveProperty('http')
  })

  test('holds for subscriptions when they begin', async () => {
    const list = Array.from({ length: 20 }, (_, index) => `f${index}: viewers`).join(' ')
    const socket = createTestClient(program.url, key).webSocket()
    const live = `subscription { tenantViewers { ${list} } }`
    // Twenty points each, and none of it comes back.
    const open = Array.from({ length: stillLeft + 1 }, () => socket.subscribe(live as never).next())
    const first = await Promise.race(
      open
        .map((each) => each.then(() => new Promise(() => {})))
        .map((each) => each.catch((errors: unknown) => errors)),
    )
    expect(first).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
    await socket.close()
    await Promise.allSettled(open)
  })

  test("doesn't touch another tenant's", async () => {
    const other = await program.seed.tenant()
    const { answer } = await ask(other.key, '{ rateLimit { remaining } }')
    expect(answer.data?.rateLimit).toEqual({ remaining: LIMIT })
  })

  test('is the same in every process', async () => {
    const beside = await program.beside()
    try {
      const { status } = await createTestClient(beside.url, key).request(`{ ${PAGE} }`)
      expect(status).toBe(429)
    } finally {
      await beside.stop()
    }
  })
})

test('rows of ingest have a budget of their own, and a refused body takes nothing from it', async () => {
  const { key } = await program.seed.tenant()
  const client = createTestClient(program.url, key)
  const rows = (count: number) => Array.from({ length: count }, () => program.seed.sample('a', 1))
  expect((await client.ingest('viewer_samples', rows(8))).status).toBe(202)
  const refused = await client.ingest('viewer_samples', rows(3))
  expect(refused.status).toBe(429)
  expect(refused.body.error).toMatchObject({ code: 'RATE_LIMITED' })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expect(refused.headers.get('ratelimit-reset')).toBe(refused.headers.get('retry-after'))
  expect(refused.headers.get('ratelimit-remaining')).toBe('2')
  const full = new AppError('LOG_UNAVAILABLE', 'The log is full.')
  vi.spyOn(program.app.ingest, 'accept').mockRejectedValueOnce(full)
  expect((await client.ingest('viewer_samples', rows(2))).status).toBe(503)
  expect((await client.ingest('viewer_samples', rows(2))).status).toBe(202)
  const { answer } = await ask(key, '{ rateLimit { remaining } }')
  expect(answer.data?.rateLimit).toEqual({ remaining: LIMIT })
})

test('what no minute has room for is told so, and not to try again', async () => {
  const tiny = await startApp({ settings: { RATE_LIMIT_COST: '50', RATE_LIMIT_ROWS: '10' } })
  try {
    const { key } = await tiny.seed.tenant()
    const client = createTestClient(tiny.url, key)
    const costly = await client.request(`{ ${PAGE} }`)
    expect([costly.status, costly.errors?.[0]?.extensions]).toMatchObject([400, { code: 'QUERY_TOO_COSTLY' }])
    expect(costly.errors?.[0]?.message).toContain('50 points')
    const rows = Array.from({ length: 11 }, () => tiny.seed.sample('a', 1))
    const large = await client.ingest('viewer_samples', rows)
    expect([large.status, large.body.error]).toMatchObject([413, { code: 'PAYLOAD_TOO_LARGE' }])
    expect(large.headers.get('retry-after')).toBeNull()
    // Neither took anything.
    expect((await client.request('{ streams(first: 49) { nodes { title } } }')).status).toBe(200)
    expect((await client.ingest('viewer_samples', rows.slice(1))).status).toBe(202)
  } finally {
    await tiny.stop()
  }
})

test('one address may send so many requests, with any key or none, over HTTP and WebSocket', async () => {
  const small = await startApp({ settings: { RATE_LIMIT_REQUESTS: '5', PROXY_HOPS: '1' } })
  try {
    const from = (address: string) =>
      fetch(`${small.url}/graphql?query={__typename}`, {
        headers: { 'x-forwarded-for': `9.9.9.9, ${address}` },
      })
    for (let index = 0; index < 5; index += 1) expect((await from('198.51.100.7')).status).toBe(200)
    const refused = await from('198.51.100.7')
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
    expect(refused.headers.get('retry-after')).toBe(refused.headers.get('ratelimit-reset'))
    expect((await from('198.51.100.8')).status).toBe(200)
    // The 64 bits that one customer has count as one.
    for (let index = 0; index < 5; index += 1) expect((await from(`2001:db8::${index}`)).status).toBe(200)
    expect((await from('2001:db8:0:0:ffff::1')).status).toBe(429)
    // No proxy wrote these: the connection's own address. The upgrade is one request, each operation one
    // more.
    const { key } = await small.seed.tenant()
    const socket = createTestClient(small.url, key).webSocket()
    // The first one keeps the socket open: the client closes it when nothing runs.
    await socket.subscribe('subscription { tenantViewers { viewers } }' as never).next()
    for (let index = 0; index < 3; index += 1)
      expect((await socket.subscribe('{ __typename }' as never).next()).value).toMatchObject({ data: {} })
    await expect(socket.subscribe('{ __typename }' as never).next()).rejects.toMatchObject([
      { extensions: { code: 'RATE_LIMITED' } },
    ])
    await socket.close()
    expect((await createTestClient(small.url, key).ingest('viewer_samples', [])).status).toBe(429)
    expect((await fetch(`${small.url}/health/live`)).status).toBe(200)
  } finally {
    await small.stop()
  }
})

test('a limit of 0 is none', async () => {
  const settings = { RATE_LIMIT_COST: '0', RATE_LIMIT_REQUESTS: '0', RATE_LIMIT_ROWS: '0' }
  const free = await startApp({ settings })
  try {
    const { key } = await free.seed.tenant()
    const client = createTestClient(free.url, key)
    const answer = (await client.request('{ rateLimit { limit } }')) as unknown
    expect(answer).toEqual({
      status: 200,
      data: { rateLimit: null },
      extensions: { cost: { requested: 0, actual: 0, max: 5_000 } },
    })
  } finally {
    await free.stop()
  }
})
