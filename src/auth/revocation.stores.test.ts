import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedApp, type TestApp } from '../../tests/testkit/app.ts'
import { createTestClient } from '../../tests/testkit/client.ts'
import { liveRoads, openLive } from '../../tests/testkit/live.ts'
import { lockWaits } from '../../tests/testkit/lock-waits.ts'
import { eventually } from '../../tests/testkit/waiters.ts'
import { operator } from './actor.ts'
import { trustedPermit } from './permit.ts'

let program: TestApp
beforeAll(async () => {
  program = await sharedApp()
})
afterAll(() => program.stop())

/** The time within which a revoked key is out (design, section 8). */
const OUT_MS = 5_000

const tenantWithKey = async () => {
  const { tenant } = await program.seed.tenant()
  const permit = trustedPermit<'apiKey:write'>(tenant, operator)
  const { issue, revoke } = program.app.modules.apiKeys.service
  const { id, key } = await issue(permit, {
    name: 'Test',
    mode: 'test',
    scopes: ['read', 'ingest'],
  })
  return { tenant, key, revoke: () => revoke(permit, id) }
}

test.each(liveRoads)(
  "a revoked key ends its connection in time over %s, and no other key's",
  async (road) => {
    const [mine, theirs] = [await tenantWithKey(), await tenantWithKey()]
    const ending = await openLive[road](program.url, mine.key)
    const staying = await openLive[road](program.url, theirs.key)
    await mine.revoke()
    const from = performance.now()
    expect(await ending.ended(OUT_MS)).toBeOneOf(road === 'WebSocket' ? ['4403 Forbidden'] : ['ended', 'cut'])
    process.stderr.write(`revoked key, ${road}: ended after ${Math.round(performance.now() - from)} ms\n`)
    expect(staying.isOpen()).toBe(true)
    staying.close()
  },
)

test('a query that had begun when its key was revoked is answered, not cut', async () => {
  const { key, revoke } = await tenantWithKey()
  const owner = new Client({ connectionString: program.databases.ownerUrl })
  await owner.connect()
  try {
    const live = await openLive.SSE(program.url, key)
    await owner.query('BEGIN; LOCK TABLE streams')
    const answer = createTestClient(program.url, key).request('{ streams { totalCount } }')
    await eventually(async () => {
      expect(await lockWaits(owner)).toBeGreaterThan(0)
    })
    await revoke()
    await live.ended(OUT_MS)
    await owner.query('ROLLBACK')
    expect(await answer).toMatchObject({ status: 200, data: { streams: { totalCount: 0 } } })
  } finally {
    await owner.end()
  }
})

test('a revoked key is out of queries and of ingest in time, with the answer that every bad key gets', async () => {
  const { key, revoke } = await tenantWithKey()
  const client = createTestClient(program.url, key)
  expect((await client.request('{ tenant { id } }')).errors).toBeUndefined()
  expect((await client.ingest('viewer_samples', [program.seed.sample('a', 1)])).status).toBe(202)
  await revoke()
  await eventually(async () => {
    const { errors } = await client.request('{ tenant { id } }')
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
    expect((await client.ingest('viewer_samples', [program.seed.sample('a', 1)])).status).toBe(401)
  }, OUT_MS)
})

const bodies = [
  ['/graphql', 'application/json', JSON.stringify({ query: '{ tenant { id } }' })],
  [
    '/graphql/stream',
    'text/event-stream',
    JSON.stringify({ query: 'subscription { streamChanged { stream { id } } }' }),
  ],
  ['/ingest/viewer_samples', 'application/json', '[]'],
] as const

test.each(bodies)(
  'a body to %s that comes after its key was revoked does nothing',
  async (path, accept, body) => {
    const { key, revoke } = await tenantWithKey()
    const client = createTestClient(program.url, key)
    expect((await client.request('{ tenant { id } }')).errors).toBeUndefined()
    const outgoing = httpRequest(`${program.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': body.length,
        accept,
        expect: '100-continue',
      },
    })
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
    outgoing.flushHeaders()
    await once(outgoing, 'continue') // its key was good
    await revoke()
    await eventually(async () => {
      const { errors } = await client.request('{ tenant { id } }')
      expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
    }, OUT_MS)
    outgoing.end(body)
    const [response] = await answered
    expect([response.statusCode, await text(response)]).toEqual([
      401,
      expect.stringContaining('UNAUTHENTICATED'),
    ])
  },
)
