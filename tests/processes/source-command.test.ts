import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidv7 } from '../../src/platform/ids.ts'
import { startApp, type TestApp } from '../testkit/app.ts'
import { createTestClient, type Answer, type TestClient } from '../testkit/client.ts'
import { startRedisServer, type RedisServer } from '../testkit/redis.ts'
import { eventually, settled } from '../testkit/waiters.ts'

const TYPES = ['page_view', 'button_click', 'api_call', 'error', 'signed_up']
/** How many there are in CI; more by hand: SOURCE_EVENTS=200000. */
const EVENTS = Number(process.env.SOURCE_EVENTS ?? 10_000)
const KILLS = 5

let program: TestApp
let producer: RedisServer
let redis: Redis
let key: string
let client: TestClient
beforeAll(async () => {
  producer = await startRedisServer()
  redis = new Redis(producer.url)
  redis.on('error', () => undefined) // it is tried again until the server is up
  program = await startApp({ settings: { RATE_LIMIT_INGEST_ROWS: '0' } })
  ;({ key } = await program.seed.tenant())
  client = createTestClient(program.url, key)
})
/** Those of a test that failed would wait for its Redis for ever. */
const children = new Set<ChildProcess>()
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  redis.disconnect()
  await program.stop()
  await producer.close()
})

/** The command as a process of its own. */
const run = (...words: string[]) => {
  const child = spawn(
    process.execPath,
    ['src/main.ts', 'source', ...words, '--redis', producer.url, '--json'],
    {
      env: { ...process.env, HELIOGRAPH_URL: program.url, HELIOGRAPH_API_KEY: key },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  children.add(child)
  child.once('close', () => children.delete(child))
  let out = ''
  let err = ''
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (err += text.toString()))
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    err,
    json: (out === '' ? undefined : JSON.parse(out)) as Record<string, never> | undefined,
  }))
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), ended }
}

/** As the original's generator writes them: the item as JSON in `data`, its time as `timestamp`. */
const seedEvent = (at: number, number: number) => ({
  event_id: uuidv7(),
  timestamp: new Date(at).toISOString(),
  event_type: TYPES[number % TYPES.length],
  user_id: `user_${String(number % 100).padStart(3, '0')}`,
  properties: { page_url: `/p/${number % 7}`, session_id: `s${number % 50}`, viewport_width: 1_280 },
})
const add = (stream: string, field: string, texts: readonly string[]) => {
  const pipeline = redis.pipeline()
  for (const text of texts) pipeline.xadd(stream, '*', field, text)
  return pipeline.exec()
}

type Counted = {
  analytics: {
    productEvents: { count: string; users: string; types: { eventType: string; count: string }[] }
  }
}
const counted = async (): Promise<Counted['analytics']['productEvents']> => {
  await program.app.ingest.flushed()
  const { data } = (await client.request(
    '{ analytics { productEvents(range: { last: "PT2H" }) { count users types { eventType count } } } }',
  )) as Answer<Counted>
  return data!.analytics.productEvents
}

test(`${EVENTS} events of a producer's stream, with kill -9 of the consumer ${KILLS} times, count once each, also when they come over HTTP too`, async () => {
  const events = Array.from({ length: EVENTS }, (_, number) => seedEvent(Date.now() - number, number))
  for (let from = 0; from < EVENTS; from += 5_000)
    await add(
      'analytics_events',
      'data',
      events.slice(from, from + 5_000).map((event) => JSON.stringify(event)),
    )

  const waiting = async (): Promise<number> => {
    const groups = (await redis.xinfo('GROUPS', 'analytics_events').catch(() => [])) as unknown[][]
    const own = groups[0]
    return own === undefined ? EVENTS : Number(own[own.indexOf('lag') + 1])
  }
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const { ended, kill: signal } = run('run', 'product_events', 'analytics_events', '--batch', '100')
    await eventually(
      async () => expect(await waiting()).toBeLessThan(EVENTS * (1 - kill / (KILLS + 1))),
      30_000,
    )
    signal('SIGKILL')
    await ended
  }
  const last = await settled(
    run('run', 'product_events', 'analytics_events', '--once').ended,
    60_000,
    'its end',
  )
  expect(last).toMatchObject({ code: 0, json: { dead: 0 } })
  const all = {
    count: String(EVENTS),
    users: '100',
    types: TYPES.toSorted().map((eventType) => ({ eventType, count: String(EVENTS / TYPES.length) })),
  }
  expect(await counted()).toEqual(all)

  const again = await client.ingest('product_events', events.slice(0, 500))
  expect(again.body).toMatchObject({ accepted: 0, duplicates: 500, rejected: [] })
  expect(await counted()).toEqual(all)
  // What all groups have ended is removed, but for the whole nodes that Redis leaves.
  expect(await redis.xlen('analytics_events')).toBeLessThan(1_000)
  expect((await run('list', 'analytics_events').ended).json).toMatchObject({
    waiting: 0,
    pending: 0,
    dead: 0,
  })
})

const nested = (depth: number): object => (depth === 0 ? {} : { inner: nested(depth - 1) })

test('entries that can not be taken are dead letters with their reasons, hold up nobody, and are replayed after a fix', async () => {
  const good = seedEvent(Date.now() - 5_000, 1)
  const poison = [
    JSON.stringify({ ...good, event_id: uuidv7(), event_type: 'x'.repeat(10_000) }),
    JSON.stringify({ ...good, event_id: uuidv7(), properties: nested(50) }),
    JSON.stringify({ ...good, event_id: uuidv7(), user_id: 7 }),
    '{"event_type": "cut off',
    '["a list"]',
  ]
  const before = Number((await counted()).count)
  await add('poisoned', 'data', [JSON.stringify(good), ...poison])
  // The right items in another field than the one that is read: mended by naming it.
  await add(
    'poisoned',
    'payload',
    Array.from({ length: 45 }, (_, number) => JSON.stringify(seedEvent(Date.now() - number, number))),
  )
  await add('poisoned', 'data', [
    `{\n  "timestamp": "${new Date().toISOString()}",\n "event_type": "without an id" }`,
  ])

  const first = await run('run', 'product_events', 'poisoned', '--once').ended
  expect(first).toMatchObject({ code: 2, json: { accepted: 2, dead: 50 } })
  expect(Number((await counted()).count)).toBe(before + 2)
  const listed = await run('list', 'poisoned', '--last', '100').ended
  const letters = listed.json!.letters as unknown as {
    deadId: string
    reason: { code: string; message: string }
  }[]
  expect(listed.json).toMatchObject({ waiting: 0, pending: 0, dead: 50 })
  expect(Map.groupBy(letters, ({ reason }) => reason.code)).toEqual(
    new Map([
      ['INVALID_FIELD', expect.objectContaining({ length: 3 })],
      ['INVALID_JSON', expect.objectContaining({ length: 1 })],
      ['NOT_AN_OBJECT', expect.objectContaining({ length: 1 })],
      ['MISSING_FIELD', expect.objectContaining({ length: 45 })],
    ]),
  )
  for (const name of ['event_type', 'properties', 'user_id'])
    expect(letters.map(({ reason }) => reason.message).join('\n')).toContain(`${name}: expected`)

  const replayed = await run('replay', 'product_events', 'poisoned', '--field', 'payload').ended
  expect(replayed).toMatchObject({ code: 2, json: { accepted: 45, still: { length: 5 } } })
  expect(Number((await counted()).count)).toBe(before + 47)
  const rest = (await run('list', 'poisoned').ended).json!.letters as unknown as { deadId: string }[]
  const gone = await run('discard', 'poisoned', ...rest.map(({ deadId }) => deadId)).ended
  expect(gone.json).toEqual({ discarded: 5 })
  expect((await run('list', 'poisoned').ended).json).toMatchObject({ dead: 0 })
})

test('a key that may not ingest, and a stream that is none, end the command with what to do, and nothing is lost', async () => {
  await add('kept', 'data', [JSON.stringify(seedEvent(Date.now(), 1))])
  const reader = await program.seed.key((await program.seed.tenant()).tenant, ['read'])
  await redis.set('a text', 'no stream')
  const [refused, none, missing] = await Promise.all([
    run('run', 'product_events', 'kept', '--once', '--api-key', reader).ended,
    run('run', 'product_events', 'a text', '--once').ended,
    run('list', 'no such stream').ended,
  ])
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('scope `ingest`')
  expect((await run('list', 'kept').ended).json).toMatchObject({ pending: 1, dead: 0 })
  const taken = await run('run', 'product_events', 'kept', '--once').ended
  expect(taken).toMatchObject({ code: 0, json: { accepted: 1 } })

  expect(none.code).toBe(1)
  expect(none.err).toMatch(/heliograph: .*a text/)
  expect(none.err).not.toMatch(/^\s+at /m)
  expect(missing.err).toMatch(/heliograph: There is no stream "no such stream"/)
})

test('it waits while the producer’s Redis is away, and goes on when that comes back, also without its data', async () => {
  const before = Number((await counted()).count)
  await add('restarted', 'data', [JSON.stringify(seedEvent(Date.now(), 1))])
  const { ended, kill: signal } = run('run', 'product_events', 'restarted')
  await eventually(async () => expect(Number((await counted()).count)).toBe(before + 1), 20_000)
  await producer.kill()
  producer.restart()
  await eventually(() => add('restarted', 'data', [JSON.stringify(seedEvent(Date.now(), 2))]))
  await eventually(async () => expect(Number((await counted()).count)).toBeGreaterThan(before + 1), 20_000)
  signal('SIGTERM')
  const { code, err } = await settled(ended, 20_000, 'its end')
  expect(code).toBe(0)
  expect(err).toContain('The stream has lost its consumer group')
})

test('what a silent consumer of another machine has is taken over, and what another group still needs is kept', async () => {
  const before = Number((await counted()).count)
  await redis.xgroup('CREATE', 'shared', 'heliograph', '0', 'MKSTREAM')
  await redis.xgroup('CREATE', 'shared', 'another', '0')
  await add(
    'shared',
    'data',
    [1, 2].map((number) => JSON.stringify(seedEvent(Date.now(), number))),
  )
  await redis.xreadgroup('GROUP', 'heliograph', 'elsewhere.1.0a1b2c3d', 'COUNT', 1, 'STREAMS', 'shared', '>')
  const { ended, kill: signal } = run('run', 'product_events', 'shared', '--claim-after', '1')
  await eventually(async () => expect(Number((await counted()).count)).toBe(before + 2), 20_000)
  signal('SIGTERM')
  expect((await settled(ended, 20_000, 'its end')).json).toMatchObject({ accepted: 2 })
  expect(await redis.xlen('shared')).toBe(2)
})

const command = (words: string[], env: Record<string, string> = {}) =>
  new Promise<{ code: unknown; out: string; err: string }>((done) => {
    const options = { env: { ...process.env, ...env } }
    execFile(
      process.execPath,
      ['src/main.ts', 'source', 'list', 'none', ...words],
      options,
      (error, out, err) => done({ code: error?.code ?? 0, out, err: err.trim() }),
    )
  })

test('a wrong URL or password of the producer is told, and the URL may come from the environment', async () => {
  const wrong = Object.assign(new URL(producer.url), { username: 'nobody', password: 'wrong' }).href
  const [badUrl, badPassword, missing, given] = await Promise.all([
    command(['--redis', 'localhost:6379']),
    command(['--redis', wrong]),
    command([]),
    command([], { SOURCE_REDIS_URL: producer.url }),
  ])
  expect(badUrl).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^heliograph: --redis: expected a URL such as/),
  })
  expect(badPassword).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^heliograph: Redis at .*, where --redis says, refuses its user or password/),
  })
  expect(missing.err).toBe("heliograph: Name the producer's Redis with --redis or SOURCE_REDIS_URL.")
  expect(given).toMatchObject({ code: 1, err: 'heliograph: There is no stream "none" in this Redis.' })
})

test('a reader of the output that leaves early is no error', async () => {
  const child = spawn(process.execPath, ['src/main.ts', 'schema', 'print'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.destroy()
  let err = ''
  child.stderr.on('data', (text: Buffer) => (err += text.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  expect([code, err]).toEqual([0, ''])
})
