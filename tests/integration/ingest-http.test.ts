import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { datasets } from '../../src/modules/datasets.ts'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { AppError } from '../../src/platform/errors.ts'
import { uuidv7 } from '../../src/platform/ids.ts'
import { MAX_BODY_BYTES, ndjson, serveIngest, type Answer, type Post } from './ingest-http.testkit.ts'
import { counts, eachOnce, newTenant, openWorld, samples, type World } from './ingest.testkit.ts'

let world: World
let server: Awaited<ReturnType<typeof serveIngest>>
let post: Post

beforeAll(async () => {
  world = await openWorld()
  server = await serveIngest(world.ingest)
  post = server.post
})

afterAll(async () => {
  server?.close()
  await world?.close()
})

const refused = async (status: number, code: string, answer: Promise<Answer>) => {
  const { body, ...rest } = await answer
  expect([rest.status, body.error]).toMatchObject([status, { code, requestId: 'request-1' }])
  expect(Object.keys(body.error ?? {}).toSorted()).toEqual(['code', 'message', 'requestId'])
  return { body, ...rest }
}

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
    'viewer_count: expected a whole number from 0 to 100000000, got -1',
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
  expect(unknown.body.error?.message).toContain(datasets.map(({ name }) => name).join(', '))
  const method = await refused(405, 'METHOD_NOT_ALLOWED', post(tenant, '', { method: 'PUT' }))
  expect(method.headers.allow).toBe('POST')
  await refused(400, 'BAD_REQUEST', post(tenant, ''))
  await refused(400, 'BAD_REQUEST', post(tenant, ' \n\n'))
  await refused(400, 'BAD_REQUEST', post(tenant, '[{"time": 1}, '))
  await refused(400, 'BAD_REQUEST', post(tenant, '{bad'))
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

test('a producer that leaves in the middle of its body leaves nothing behind', async () => {
  const tenant = newTenant()
  const socket = connect(server.port, '127.0.0.1')
  socket.write(
    `POST /ingest/viewer_samples HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tenant}\r\nContent-Length: 1000\r\n\r\n[{`,
  )
  socket.destroySoon()
  await once(socket, 'close')
  expect((await post(tenant, JSON.stringify(samples(1)))).status).toBe(202)
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(1, 1))
})

test('a key without the right is answered before its body is read', async () => {
  const socket = connect(server.port, '127.0.0.1')
  socket.write('POST /ingest/viewer_samples HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n')
  const [first] = (await once(socket, 'data')) as [Buffer]
  expect(first.toString()).toMatch(/^HTTP\/1\.1 401 /)
  socket.destroy()
})

test('rows are counted before they are parsed, and given back where none was taken', async () => {
  const told: string[] = []
  const counting = await serveIngest(world.ingest, async (_tenant, rows) => {
    told.push(`${rows} taken`)
    if (rows > 3) throw new AppError('RATE_LIMITED', 'Too many rows.')
    return {
      refund: (back) => {
        told.push(`${back} back`)
        return { limit: 3, remaining: 3, resetAt: new Date(), resetSeconds: 1 }
      },
    }
  })
  onTestFinished(() => counting.close())
  await refused(429, 'RATE_LIMITED', counting.post(newTenant(), '[{"a":},{"a":},{"a":},{"a":}]'))
  await refused(400, 'BAD_REQUEST', counting.post(newTenant(), '[{"a":},{"a":}]'))
  await refused(400, 'BAD_REQUEST', counting.post(newTenant(), '{"a":}\n{"a":}\n\n{"a":}'))
  expect(told).toEqual(['4 taken', '2 taken', '2 back', '3 taken', '3 back'])
})

test('an item that nests too deep is refused alone, in an array and in lines', async () => {
  const tenant = newTenant()
  const deep = `{"time":${'['.repeat(20_000)}12345678901234567890${']'.repeat(20_000)}}`
  const [first, last] = samples(2).map((item) => JSON.stringify(item))
  for (const body of [`[${first},${deep},${last}]`, `${first}\n${deep}\n${last}`]) {
    const { status, body: answer } = await post(tenant, body)
    expect([status, answer.rejected]).toMatchObject([202, [{ index: 1, code: 'TOO_LARGE' }]])
    expect(answer.rejected?.[0]?.message).toContain('128 levels')
  }
  await world.ingest.flushed()
  expect(await counts(world.clickHouse, tenant)).toEqual(eachOnce(2, 2))
})

test('each item is checked before the next one is parsed, so that one at a time is held', async () => {
  const steps: string[] = []
  function* items() {
    for (let at = 0; at < 3; at += 1) {
      steps.push(`parse ${at}`)
      yield {
        get time() {
          if (steps.at(-1) !== `check ${at}`) steps.push(`check ${at}`)
          return 0
        },
      }
    }
  }
  const { rejected } = await world.ingest.accept(newTenant(), 'platform_events', items())
  expect(rejected).toHaveLength(3)
  expect(steps).toEqual(['parse 0', 'check 0', 'parse 1', 'check 1', 'parse 2', 'check 2'])
})

test('an Idempotency-Key of a body that was refused whole is free for the mended one', async () => {
  const headers = { 'idempotency-key': uuidv7() }
  const tenant = newTenant()
  const good = JSON.stringify(samples(1)[0])
  await refused(400, 'BAD_REQUEST', post(tenant, `[${good},{"a":}]`, { headers }))
  expect((await post(tenant, `[${good}]`, { headers })).body).toMatchObject({ accepted: 1 })
})

test('others have their turn while large items are checked, however few they are', async () => {
  const body = Object.fromEntries(Array.from({ length: 1_100 }, (_, n) => [`k${n}`, n]))
  const items = Array.from({ length: 900 }, () => ({ time: 0, type: 'deployment', body }))
  let turns = 0
  let isOver = false
  const spin = (): void => {
    turns += 1
    if (!isOver) setImmediate(spin)
  }
  setImmediate(spin)
  const { rejected } = await world.ingest.accept(newTenant(), 'platform_events', items)
  isOver = true
  expect(rejected).toHaveLength(900) // so that nothing waits for Redis
  expect(rejected[0]).toMatchObject({ code: 'TOO_OLD' })
  expect(turns).toBeGreaterThan(2)
})
