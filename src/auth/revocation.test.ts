import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startApp, type TestApp } from '../../tests/testkit/app.ts'
import { createTestClient } from '../../tests/testkit/client.ts'
import { eventually, settled } from '../../tests/testkit/waiters.ts'

let program: TestApp
beforeAll(async () => {
  program = await startApp()
})
afterAll(() => program.stop())

/** The time within which a revoked key is out (design, section 8). */
const OUT_MS = 5_000
const LIVE = JSON.stringify({ query: 'subscription { tenantViewers { viewers } }' })

const tenantWithKey = async () => {
  const { tenant } = await program.seed.tenant()
  const { id, key } = await program.app.modules.apiKeys.service.issue(tenant, {
    name: 'Test',
    mode: 'test',
    scopes: ['read', 'ingest'],
  })
  return { tenant, key, revoke: () => program.app.modules.apiKeys.store.revoke(tenant, id, new Date()) }
}

/** A socket with a live operation, and how it was closed. */
const liveSocket = async (key: string) => {
  const socket = new WebSocket(`${program.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const messages: string[] = []
  socket.on('message', (data: Buffer) => {
    const text = data.toString()
    messages.push(text)
    if (text.includes('connection_ack')) socket.send(`{"id":"1","type":"subscribe","payload":${LIVE}}`)
  })
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })),
  )
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await eventually(() => expect(messages.join('')).toContain('"next"'))
  return { closed, socket, messages }
}

/** A response that goes on, and whether it has ended. */
const liveResponse = async (
  path: string,
  { headers, ...init }: { method: string; headers: Record<string, string>; body?: string },
) => {
  const response = await fetch(`${program.url}${path}`, {
    ...init,
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...headers },
  })
  expect(response.status).toBe(200)
  const reader = response.body!.getReader()
  let text = ''
  const ended = (async () => {
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return 'ended'
        text += Buffer.from(value).toString()
      }
    } catch {
      return 'cut' // a connection that is closed under a chunked body fails the read
    }
  })()
  return { ended, told: () => text }
}

test("a revoked key closes its WebSocket with 4403 in time, and no other key's", async () => {
  const [mine, theirs] = [await tenantWithKey(), await tenantWithKey()]
  const [closing, staying] = [await liveSocket(mine.key), await liveSocket(theirs.key)]
  await mine.revoke()
  expect(await settled(closing.closed, OUT_MS, 'the close')).toBe(4403)
  expect(staying.socket.readyState).toBe(WebSocket.OPEN)
  staying.socket.close()
  await staying.closed
})

test('a revoked key ends its SSE stream in time', async () => {
  const { key, revoke } = await tenantWithKey()
  const live = await liveResponse('/graphql', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: LIVE,
  })
  await eventually(() => expect(live.told()).toContain('tenantViewers'))
  await revoke()
  expect(await settled(live.ended, OUT_MS, 'the end')).toBeOneOf(['ended', 'cut'])
})

test('a revoked key ends the one SSE stream of many operations in time', async () => {
  const { key, revoke } = await tenantWithKey()
  const headers: Record<string, string> = { authorization: `Bearer ${key}` }
  const reserved = await fetch(`${program.url}/graphql/stream`, { method: 'PUT', headers })
  headers['x-graphql-event-stream-token'] = await reserved.text()
  const live = await liveResponse('/graphql/stream', { method: 'GET', headers })
  const operation = await fetch(`${program.url}/graphql/stream`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ ...(JSON.parse(LIVE) as object), extensions: { operationId: '1' } }),
  })
  expect(operation.status).toBe(202)
  await operation.body?.cancel()
  await eventually(() => expect(live.told()).toContain('tenantViewers'))
  await revoke()
  expect(await settled(live.ended, OUT_MS, 'the end')).toBeOneOf(['ended', 'cut'])
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

test('a socket that comes with a bad key is closed with 4403 before anything is answered', async () => {
  const { key } = await tenantWithKey()
  const socket = new WebSocket(`${program.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const messages: string[] = []
  socket.on('message', (data: Buffer) => messages.push(data.toString()))
  socket.on('open', () => {
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}x` } }))
    socket.send(`{"id":"1","type":"subscribe","payload":${LIVE}}`)
  })
  const code = await settled(
    new Promise<number>((resolve) => socket.on('close', resolve)),
    OUT_MS,
    'the close',
  )
  expect(code).toBeOneOf([4403, 4401])
  expect(messages).toEqual([])
})
