import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createIngest } from '../../src/ingest/ingest.ts'
import { logKeys } from '../../src/ingest/log-keys.ts'
import { createIngestRoute } from '../../src/ingest/route.ts'
import { defineQuery } from '../../src/platform/clickhouse/query.ts'
import { p, sql } from '../../src/platform/clickhouse/sql.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { AppError } from '../../src/platform/errors.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import {
  counts,
  eachOnce,
  eventually,
  log,
  newTenant,
  openRedis,
  openWorld,
  samples,
  type World,
} from './ingest.testkit.ts'

let world: World
let server: Server
let port: number
const published: { tenant: TenantId; dataset: string; digest: unknown }[] = []

const MAX_BODY_BYTES = 1 << 20

beforeAll(async () => {
  world = await openWorld({
    publishLive: (tenant, dataset, digest, pipeline) => {
      published.push({ tenant, dataset, digest })
      pipeline.publish(`test:${tenant}`, JSON.stringify(digest))
    },
  })
  const route = createIngestRoute({
    ingest: world.ingest,
    maxBodyBytes: MAX_BODY_BYTES,
    log,
    // The key is the tenant's id here, and `read ` before it is a key without the scope.
    authenticate: async (request) => {
      const [, scope, tenant] = /^Bearer (read )?(\S+)$/.exec(request.headers.authorization ?? '') ?? []
      if (!tenant) throw new AppError('UNAUTHENTICATED', 'Send an API key.')
      return { tenant: trustTenantId(tenant), scopes: new Set(scope ? ['read'] : ['read', 'ingest']) }
    },
  })
  server = createServer((request, response) => {
    void route(request, response, request.url!.split('/').at(-1)!, 'request-1')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterAll(async () => {
  server?.close()
  await world?.close()
})

type Answer = {
  status: number
  headers: IncomingHttpHeaders
  body: {
    accepted?: number
    rejected?: { index: number; code: string; message: string }[]
    error?: { code: string; message: string; requestId: string }
  }
}

const post = (
  tenant: string | undefined,
  body: string | Buffer,
  options: { dataset?: string; method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { dataset = 'viewer_samples', method = 'POST', headers = {} } = options
    const outgoing = httpRequest(
      {
        port,
        host: '127.0.0.1',
        path: `/ingest/${dataset}`,
        method,
        headers: { ...(tenant && { authorization: `Bearer ${tenant}` }), ...headers },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: JSON.parse(Buffer.concat(chunks).toString()) as Answer['body'],
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })

const refused = async (status: number, code: string, answer: Promise<Answer>) => {
  const { body, ...rest } = await answer
  expect([rest.status, body.error]).toMatchObject([status, { code, requestId: 'request-1' }])
  expect(Object.keys(body.error ?? {}).toSorted()).toEqual(['code', 'message', 'requestId'])
  return { body, ...rest }
}

const ndjson = (items: readonly unknown[], newline = '\n') =>
  items.map((item) => JSON.stringify(item) + newline).join('')

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
  const headers = { 'idempotency-key': `import-${uuidv7()}` }
  expect((await post(tenant, ndjson(items.slice(0, 600)), { headers })).body).toMatchObject({ accepted: 600 })
  expect((await post(tenant, ndjson(items), { headers })).body).toMatchObject({
    accepted: 900,
    duplicates: 600,
  })
  expect((await post(tenant, ndjson(items))).body).toMatchObject({ accepted: 1500 })
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(3000, 3000))
})

test('a bad item is named by its index and the rest is kept', async () => {
  const tenant = newTenant()
  const good = samples(1)[0]
  const body = `${[
    JSON.stringify(good),
    '{"time": 1',
    '[]',
    JSON.stringify({ ...good, event_id: uuidv7(), viewer_count: -1 }),
    JSON.stringify({ ...good, event_id: uuidv7(), viewers: 3 }),
    JSON.stringify({ ...good, event_id: uuidv7(), time: Date.now() - 91 * 86_400_000 }),
    JSON.stringify({ ...good, event_id: uuidv7(), time: new Date(Date.now() + 600_000).toISOString() }),
    JSON.stringify({ ...good, event_id: uuidv7(), time: undefined }),
    JSON.stringify(samples(1)[0]),
  ].join('\n')}\n`
  const { status, body: answer } = await post(tenant, body)
  expect(status).toBe(202)
  expect(answer.accepted).toBe(2)
  expect(answer.rejected?.map((each) => [each.index, each.code])).toEqual([
    [1, 'INVALID_JSON'],
    [2, 'NOT_AN_OBJECT'],
    [3, 'INVALID_FIELD'],
    [4, 'UNKNOWN_FIELD'],
    [5, 'TOO_OLD'],
    [6, 'IN_THE_FUTURE'],
    [7, 'MISSING_FIELD'],
  ])
  expect(answer.rejected?.[2]?.message).toBe(
    'viewer_count: expected a whole number from 0 to 4294967295, got -1',
  )
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(2, 2))
})

test('gzip, NDJSON with CRLF and a byte order mark, and plain arrays are read alike', async () => {
  const tenant = newTenant()
  const json = { 'content-type': 'application/json' }
  expect((await post(tenant, `\uFEFF${ndjson(samples(3), '\r\n')}\r\n`)).body).toMatchObject({ accepted: 3 })
  expect((await post(tenant, `\uFEFF${JSON.stringify(samples(2))}`, { headers: json })).body).toMatchObject({
    accepted: 2,
  })
  const zipped = { ...json, 'content-encoding': 'gzip' }
  const packed = gzipSync(JSON.stringify(samples(4)))
  expect((await post(tenant, packed, { headers: zipped })).body).toMatchObject({ accepted: 4 })
  const form = { 'content-type': 'application/x-www-form-urlencoded' } // what curl -d says
  expect((await post(tenant, JSON.stringify(samples(1)[0]), { headers: form })).body).toMatchObject({
    accepted: 1,
  })
  expect((await post(tenant, '[]')).body).toMatchObject({ accepted: 0, rejected: [] })
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(10, 10))
})

test('what can not be taken gets its status, a code and the request id', async () => {
  const tenant = newTenant()
  await refused(401, 'UNAUTHENTICATED', post(undefined, '[]'))
  await refused(403, 'FORBIDDEN', post(`read ${tenant}`, '[]'))
  const unknown = await refused(404, 'NOT_FOUND', post(tenant, '[]', { dataset: 'nothing' }))
  expect(unknown.body.error?.message).toContain('viewer_samples, log_events')
  const method = await refused(405, 'METHOD_NOT_ALLOWED', post(tenant, '', { method: 'PUT' }))
  expect(method.headers.allow).toBe('POST')
  await refused(400, 'BAD_REQUEST', post(tenant, ''))
  await refused(400, 'BAD_REQUEST', post(tenant, ' \n\n'))
  await refused(400, 'BAD_REQUEST', post(tenant, '[{"time": 1}, '))
  await refused(400, 'BAD_REQUEST', post(tenant, Buffer.from([0x5b, 0xff, 0x5d])))
  await refused(400, 'BAD_REQUEST', post(tenant, 'no gzip', { headers: { 'content-encoding': 'gzip' } }))
  await refused(400, 'BAD_REQUEST', post(tenant, '[]', { headers: { 'idempotency-key': 'x'.repeat(256) } }))
  await refused(415, 'UNSUPPORTED_MEDIA_TYPE', post(tenant, '[]', { headers: { 'content-encoding': 'br' } }))
  await refused(
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    post(tenant, '[]', { headers: { 'content-type': 'image/png' } }),
  )
})

test('a body above the limit gets 413 while it is sent, and a zip bomb gets 413', async () => {
  const tenant = newTenant()
  const large = Buffer.alloc(MAX_BODY_BYTES + 1, ' ')
  const told = await post(tenant, large, { headers: { 'content-length': String(large.length) } })
  expect([told.status, told.body.error?.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  const untold = await post(tenant, large, { headers: { 'transfer-encoding': 'chunked' } })
  expect([untold.status, untold.body.error?.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  expect(untold.headers.connection).toBe('close')
  const bomb = gzipSync(Buffer.alloc(64 << 20, ' '))
  expect(bomb.length).toBeLessThan(MAX_BODY_BYTES)
  const bombed = await post(tenant, bomb, { headers: { 'content-encoding': 'gzip' } })
  expect([bombed.status, bombed.body.error?.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  const many = await post(tenant, `[${Array.from({ length: 50_001 }, () => '1').join(',')}]`)
  expect([many.status, many.body.error?.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
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
      dataset: 'viewer_samples',
      digest: [
        ['talk', 'edge-1', 'DE', 'hls', now, 12],
        ['talk', 'edge-1', 'DE', 'webrtc', now, 3],
      ],
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
  await world.ingest.accept(tenant, 'viewer_samples', samples(20))
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(43, 43))
  const letters = await world.redis.commands.xrange(keys.dead, '-', '+')
  expect(letters).toHaveLength(1)
  const [name, value, , code, , text] = letters[0]![1]
  expect([name, value, code]).toEqual(['tenant', tenant, 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'])
  expect(text).toContain('not a number')
  expect(await world.redis.commands.hget(keys.totals, 'dead')).toBe('1')
})

test('two writers share the work without doubling it', async () => {
  const tenant = newTenant()
  const redis = await openRedis(undefined, world.redis.prefix)
  const other = createIngest({
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
  expect(own.health().map((each) => each.state)).toEqual(['stopped', 'stopped'])
  await own.accept(tenant, 'viewer_samples', samples(3))
  expect((await own.lag()).viewer_samples).toMatchObject({ entries: 1, rows: 3 })
  await redis.close()
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
    ]),
    { dataset: 'log_events' },
  )
  expect(answer.body).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: 'INVALID_FIELD' }] })
  await world.ingest.flushed()
  const text = await eventually('the line is stored', async () => {
    const row = z.object({
      level: z.string(),
      message: z.string(),
      attributes: z.record(z.string(), z.string()),
    })
    const [found] = await world.clickHouse.query(
      defineQuery({
        name: 'test.log',
        tenant,
        sql: sql`SELECT level, message, attributes FROM log_events WHERE tenant_id = ${p.uuid(tenant)}`,
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
