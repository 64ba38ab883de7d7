import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { dryRun } from '../../src/cli/ingest/dry-run.ts'
import type { IngestPlan } from '../../src/cli/ingest/plan.ts'
import { runIngest } from '../../src/cli/ingest/run.ts'
import { openSource } from '../../src/cli/ingest/source.ts'
import { createIngest } from '../../src/ingest/ingest.ts'
import { silentLog } from '../testkit/clickhouse.ts'
import { publisherOf } from '../../src/ingest/live.ts'
import { logKeys } from '../../src/ingest/log-keys.ts'
import { viewersLive } from '../../src/modules/audience/viewers.live.ts'
import { datasets } from '../../src/modules/datasets.ts'
import { logEvents } from '../../src/modules/incidents/log-events.dataset.ts'
import { createLogQueries } from '../../src/modules/incidents/log.queries.ts'
import { defineQuery } from '../../src/platform/clickhouse/query.ts'
import { p, sql } from '../../src/platform/clickhouse/sql.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { ndjson, serveIngest, type Post } from './ingest-http.testkit.ts'
import {
  counts,
  eachOnce,
  log,
  newTenant,
  openRedis,
  openWorld,
  samples,
  type World,
} from './ingest.testkit.ts'
import { temporaryFolder } from '../testkit/ingest/run-command.ts'
import { until } from '../testkit/waiters.ts'

let world: World
let server: Awaited<ReturnType<typeof serveIngest>>
let post: Post
const published: { tenant: TenantId; topic: string; payload: unknown }[] = []

beforeAll(async () => {
  world = await openWorld({
    publishLive: publisherOf(
      {
        publishStateIn: (pipeline, tenant, topic, payload) => {
          published.push({ tenant, topic: topic.name, payload })
          pipeline.publish(`test:${tenant}`, JSON.stringify(payload))
        },
        publishFactsIn: () => expect.unreachable(),
        skipFactsIn: () => expect.unreachable(),
        watched: () => expect.unreachable(),
      },
      [viewersLive],
      silentLog,
    ),
  })
  server = await serveIngest(world.ingest)
  post = server.post
})

afterAll(async () => {
  server?.close()
  await world?.close()
})

test('accepted samples arrive once, in the raw table and in the rollup', async () => {
  const tenant = newTenant()
  const answer = await post(tenant, JSON.stringify(samples(2_500)))
  expect(answer).toMatchObject({
    status: 202,
    body: { accepted: 2500, duplicates: 0, rejected: [], requestId: 'request-1' },
  })
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(2500, 2500))
  expect(await world.ingest.lag()).toMatchObject({
    viewer_samples: { entries: 0, rows: 0, bytes: 0, oldestMs: 0 },
  })
})

test('an event id counts once: inside a request, in a later one, and in a later batch', async () => {
  const tenant = newTenant()
  const [one, two] = samples(2) as [object, object]
  expect((await post(tenant, JSON.stringify([one, one, two]))).body).toMatchObject({
    accepted: 2,
    duplicates: 1,
  })
  expect((await post(tenant, ndjson([two]))).body).toMatchObject({ accepted: 0, duplicates: 1 })
  await world.ingest.flushed()
  expect((await post(tenant, ndjson([one, two, samples(1)[0]]))).body).toMatchObject({
    accepted: 1,
    duplicates: 2,
  })
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(3, 3))
})

test('an event id of another tenant is another row', async () => {
  const [a, b] = [newTenant(), newTenant()]
  const body = JSON.stringify(samples(5))
  expect((await post(a, body)).body).toMatchObject({ accepted: 5 })
  expect((await post(b, body)).body).toMatchObject({ accepted: 5, duplicates: 0 })
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, a)).toEqual(eachOnce(5, 5))
  expect(await counts(world.clickHouse, b)).toEqual(eachOnce(5, 5))
})

test('a repeated request with an Idempotency-Key counts nothing twice, also when a first part of it was kept', async () => {
  const tenant = newTenant()
  const items = samples(1_500, { event_id: undefined })
  const once = { key: `import-${uuidv7()}`, digest: Buffer.from('of the whole request') }
  const accept = (part: readonly unknown[]) =>
    world.ingest.accept(trustTenantId(tenant), 'viewer_samples', part, { once })
  expect(await accept(items.slice(0, 600))).toMatchObject({ accepted: 600 })
  expect(await accept(items)).toMatchObject({ accepted: 900, duplicates: 600 })
  const headers = { 'idempotency-key': `import-${uuidv7()}` }
  const [first, again] = [
    await post(tenant, ndjson(items), { headers }),
    await post(tenant, ndjson(items), { headers }),
  ]
  expect([first.body, again.body]).toMatchObject([{ accepted: 1500 }, { accepted: 0, duplicates: 1500 }])
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(3000, 3000))
})

/** A file as the command line sends it, to the real route. */
const fileOf = async (content: string, mapping: Partial<IngestPlan['mapping']> = {}) => {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const source = await openSource(await folder.write('rows.csv', content), process.stdin)
  onTestFinished(() => source.close())
  const plan: IngestPlan = {
    dataset: logEvents,
    source,
    reading: { header: true },
    batchRows: 10,
    resume: false,
    mapping: { map: [], set: [], timeColumn: [], time: { format: 'auto' }, ...mapping },
  }
  const send = (tenant: TenantId) =>
    runIngest(plan, {
      url: `http://127.0.0.1:${server.port}`,
      apiKey: tenant,
      dataDir: folder.path,
      clock: systemClock,
      progress: { update: () => {}, note: () => {}, clear: () => {} },
      stop: new AbortController().signal,
      retryForMs: 5_000,
    })
  return { plan, send }
}

test('lines of a file and of one second are listed in the order of the file', async () => {
  const tenant = newTenant()
  const at = new Date(Math.floor(Date.now() / 1000) * 1000)
  const texts = Array.from({ length: 30 }, (_, index) => `line ${index}`)
  const { send } = await fileOf(
    `time,message\n${texts.map((text) => `${at.toISOString()},${text}`).join('\n')}`,
  )
  expect(await send(tenant)).toMatchObject({ state: 'complete', run: { accepted: 30 } })
  await world.ingest.flushed()
  const logs = createLogQueries({ clickHouse: world.clickHouse, clock: systemClock })
  const range = { from: at, to: new Date(at.getTime() + 1000) }
  const { edges } = await logs.page(
    tenant,
    { filter: { all: [] }, range, project: undefined },
    { size: 50, backward: false },
  )
  expect(edges.map(({ node }) => node.message)).toEqual(texts.toReversed())
})

test('a dry run refuses what the server refuses, by the same lines and for the same reasons', async () => {
  const now = Date.now()
  const day = 86_400_000
  const rows = [
    `${now},info,good,h`,
    `${now},loud,bad level,h`,
    `${now - 91 * day},info,too old,h`,
    `${now + 3_600_000},info,ahead,h`,
    `,info,no time,h`,
    `never,info,no time,h`,
    `${now},info,${'x'.repeat(40_000)},h`,
    `${now},info,long host,${'h'.repeat(300)}`,
    `${now},info`,
  ]
  const { plan, send } = await fileOf(`time,level,message,host\n${rows.join('\n')}`)
  const dry = await dryRun(plan, now)
  const { run } = await send(newTenant())
  expect(dry).toMatchObject({ rows: 9, acceptable: 1, rejected: 8 })
  expect(run).toMatchObject({ rows: 9, accepted: 1 })
  const sorted = (reasons: typeof run.rejected) => reasons.toSorted((a, b) => a.lines[0]! - b.lines[0]!)
  expect(sorted([...dry.reasons])).toEqual(sorted(run.rejected))
})

test('an Idempotency-Key that was used for another body is refused, and all rows under it are kept', async () => {
  const [a, b] = [newTenant(), newTenant()]
  const headers = { 'idempotency-key': 'every-night' }
  const [monday, tuesday] = [
    samples(3, { event_id: undefined }),
    samples(3, { event_id: undefined, viewer_count: 7 }),
  ]
  expect((await post(a, ndjson(monday), { headers })).body).toMatchObject({ accepted: 3 })
  for (const other of [tuesday, monday.slice(0, 2), [...monday, ...tuesday], []]) {
    const { status, body } = await post(a, other.length > 0 ? ndjson(other) : '[]', { headers })
    expect([status, body.error?.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
  }
  const zipped = { ...headers, 'content-encoding': 'gzip' }
  expect((await post(a, gzipSync(ndjson(monday)), { headers: zipped })).body).toMatchObject({ duplicates: 3 })
  // The key is the tenant's and the dataset's.
  expect((await post(b, ndjson(tuesday), { headers })).body).toMatchObject({ accepted: 3 })
  const line = JSON.stringify([{ time: Date.now(), service: 's', message: 'm' }])
  expect((await post(a, line, { headers, dataset: 'log_events' })).status).toBe(202)
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, a)).toEqual(eachOnce(3, 3))
})

test('stored samples are told to the live side once, as the latest per key', async () => {
  const tenant = newTenant()
  const now = Date.now()
  const sample = { internal_name: 'talk', node_id: 'edge-1', country_code: 'de', connection_type: 'hls' }
  await post(
    tenant,
    JSON.stringify([
      { ...sample, time: now - 1000, viewer_count: 10 },
      { ...sample, time: now, viewer_count: 12 },
      { ...sample, time: now - 2000, viewer_count: 11 },
      { ...sample, time: now, viewer_count: 3, connection_type: 'webrtc' },
      { ...sample, time: now - 86_400_000, viewer_count: 99, internal_name: 'yesterday' },
    ]),
  )
  await world.ingest.flushed()
  const mine = published.filter((each) => each.tenant === tenant)
  expect(mine).toEqual([
    {
      tenant,
      topic: 'viewers',
      payload: {
        ingestedAtMs: expect.any(Number),
        samples: [
          ['talk', 'edge-1', 'DE', 'hls', now, 12],
          ['talk', 'edge-1', 'DE', 'webrtc', now, 3],
        ],
      },
    },
  ])
})

test('a row that ClickHouse refuses is kept as a dead letter with its reason, and its neighbours are stored', async () => {
  const tenant = newTenant()
  await world.ingest.accept(tenant, 'viewer_samples', samples(20))
  const keys = logKeys(world.redis, 'viewer_samples')
  const line = (viewers: unknown) =>
    `${JSON.stringify([tenant, uuidv7(), Date.now(), 's', '', '', 'ZZ', '', 0, 0, viewers, 0, 0, 0])}\n`
  const lines = line(1) + line('not a number') + line(1) + line(1)
  await world.redis.commands.xadd(keys.log, '*', 'tenant', tenant, 'rows', 4, 'lines', lines)
  await world.redis.commands.xadd(keys.log, '*', 'something', 'else')
  await world.redis.commands.xadd(keys.log, '*', 'tenant', tenant, 'rows', 1, 'lines', '[1,')
  await world.ingest.accept(tenant, 'viewer_samples', samples(20))
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(43, 43))
  const letters = await world.redis.commands.xrange(keys.dead, '-', '+')
  expect(letters).toHaveLength(1)
  const [name, value, , code, , text] = letters[0]![1]
  expect([name, value, code]).toEqual(['tenant', tenant, 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'])
  expect(text).toContain('not a number')
  expect((await world.ingest.lag()).viewer_samples).toMatchObject({ rows: 0, dead: 1 })
})

test('a row that ClickHouse reads and JSON does not know is stored and holds up nothing', async () => {
  const tenant = newTenant()
  const keys = logKeys(world.redis, 'viewer_samples')
  const line = `${JSON.stringify([tenant, uuidv7(), Date.now(), 's', '', '', 'ZZ', '', 0, 0, 1, 0, 0, 0])}\n`
  await world.redis.commands.xadd(
    keys.log,
    '*',
    'tenant',
    tenant,
    'rows',
    1,
    'lines',
    line.replace('0,0,0]', '.5,0,0]'),
  )
  await world.ingest.accept(tenant, 'viewer_samples', samples(2))
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(3, 3))
})

test('two writers share the work without doubling it', async () => {
  const tenant = newTenant()
  const redis = await openRedis(undefined, world.redis.prefix)
  const other = createIngest({
    datasets,
    redis,
    clickHouse: world.clickHouse,
    clock: systemClock,
    log,
    logMaxBytes: 64 << 20,
  })
  other.start()
  try {
    await Promise.all(
      Array.from({ length: 40 }, () => world.ingest.accept(tenant, 'viewer_samples', samples(250))),
    )
    await world.ingest.flushed()
    expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(10_000, 10_000))
  } finally {
    await other.drain(5_000)
    await redis.close()
  }
})

test('a drained writer has stored what it read and takes no more', async () => {
  const tenant = newTenant()
  const redis = await openRedis()
  const own = createIngest({
    datasets,
    redis,
    clickHouse: world.clickHouse,
    clock: systemClock,
    log,
    logMaxBytes: 1 << 20,
  })
  own.start()
  await own.accept(tenant, 'viewer_samples', samples(100))
  await own.flushed()
  await own.drain(5_000)
  expect(new Set(own.health().map((each) => each.state))).toEqual(new Set(['stopped']))
  await own.accept(tenant, 'viewer_samples', samples(3))
  expect((await own.lag()).viewer_samples).toMatchObject({ entries: 1, rows: 3 })
  await redis.close()
})

test('a drain waits for no reader that waits itself', async () => {
  const redis = await openRedis()
  const ended = new Set<string>()
  const endWait = (name: string): Promise<void> => {
    ended.add(name)
    return redis.endWait(name)
  }
  const own = createIngest({
    datasets,
    redis: { ...redis, endWait },
    clickHouse: world.clickHouse,
    clock: systemClock,
    log,
    logMaxBytes: 1 << 20,
  })
  own.start()
  await own.drain(5_000)
  expect(ended.size).toBe(datasets.length)
  await redis.close()
})

test('an id is remembered over the change of the day, for a day at least and two at most', async () => {
  const tenant = newTenant()
  const items = samples(3)
  await world.ingest.accept(tenant, 'viewer_samples', items)
  const { commands } = world.redis
  const keys = await commands.keys(`${logKeys(world.redis, 'viewer_samples').seen}:${tenant}:*`)
  const [today] = keys as [string]
  const day = Number(today.split(':').at(-1))
  expect(await commands.expiretime(today)).toBe((day + 2) * 86_400)
  const shift = (days: number) => today.replace(/\d+$/, String(day - days))
  await commands.rename(today, shift(1))
  expect(await world.ingest.accept(tenant, 'viewer_samples', items)).toMatchObject({
    accepted: 0,
    duplicates: 3,
  })
  await commands.rename(shift(1), shift(2))
  expect(await world.ingest.accept(tenant, 'viewer_samples', items)).toMatchObject({
    accepted: 3,
    duplicates: 0,
  })
})

test('log lines arrive with their level, labels and text as they were sent', async () => {
  const tenant = newTenant()
  const answer = await post(
    tenant,
    ndjson([
      {
        time: Date.now(),
        message: 'a "quoted"\nline \ud83d\ude00 \ud800 end',
        level: 'Crit',
        attributes: { code: 7, ok: true, text: 'x' },
      },
      { time: new Date().toISOString(), message: '', level: 'loud' },
      // Six bytes each as JSON, so that the row is larger than an entry of the log may be.
      { time: Date.now(), message: '\u0001'.repeat(32_768) },
    ]),
    { dataset: 'log_events' },
  )
  expect(answer.body).toMatchObject({
    accepted: 1,
    rejected: [
      { index: 1, code: 'INVALID_FIELD' },
      { index: 2, code: 'TOO_LARGE' },
    ],
  })
  await world.ingest.flushed()
  const text = await until(async () => {
    const row = z.object({
      level: z.string(),
      message: z.string(),
      attributes: z.record(z.string(), z.string()),
    })
    const [found] = await world.clickHouse.query(
      defineQuery({
        name: 'test.log',
        tenant,
        sql: sql`SELECT level, message, attributes FROM log_events WHERE tenant_id = ${p.tenant(tenant)}`,
        row,
      }),
    )
    return found
  })
  expect(text).toEqual({
    level: 'FATAL',
    message: 'a "quoted"\nline \ud83d\ude00 \ufffd end',
    attributes: { code: '7', ok: 'true', text: 'x' },
  })
})
