import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startApp, type TestApp } from '../../tests/testkit/app.ts'

let program: TestApp
beforeAll(async () => {
  program = await startApp()
})
afterAll(() => program.stop())

/** What the server answers to bytes that no client library would send. */
const raw = async (url: string, head: string): Promise<string> => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(head) // not `end`: a client that has left gets no answer
  return text(socket)
}

test.each(['//', 'http://', '/%', '/ingest/%zz'])('the address %s is a 404 and no crash', async (address) => {
  expect(await raw(program.url, `GET ${address} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 (404|400|405)/,
  )
  const upgrade =
    'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='
  expect(await raw(program.url, `GET ${address} HTTP/1.1\r\nhost: x\r\n${upgrade}\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 404/,
  )
  expect((await fetch(`${program.url}/health/live`)).status).toBe(200)
})

test('a process that only stores rows answers for its health and for nothing else', async () => {
  const storing = await startApp({ settings: { HELIOGRAPH_ROLES: 'ingest' } })
  try {
    expect((await fetch(`${storing.url}/health/ready`)).status).toBe(200)
    for (const path of ['/graphql', '/graphql/stream', '/ingest/viewer_samples', '/'])
      expect(
        await (await fetch(`${storing.url}${path}`, { method: 'POST', body: '{}' })).json(),
      ).toMatchObject({ error: { code: 'NOT_FOUND' } })
  } finally {
    await storing.stop()
  }
})

test('every answer carries the id of its request, and keeps one that the caller gave', async () => {
  const made = await fetch(`${program.url}/nowhere`)
  expect(made.headers.get('x-request-id')).toBe(
    ((await made.json()) as { error: { requestId: string } }).error.requestId,
  )
  const given = await fetch(`${program.url}/nowhere`, { headers: { 'x-request-id': 'my-request-0001' } })
  expect(given.headers.get('x-request-id')).toBe('my-request-0001')
})

const kept = async (url: string) => (await fetch(`${url}/health/live`)).headers.get('keep-alive')

test('an idle connection is kept longer than a balancer keeps it, or as long as the setting says', async () => {
  expect(await kept(program.url)).toBe('timeout=72')
  const other = await startApp({ settings: { KEEP_ALIVE_TIMEOUT_MS: '5000' } })
  onTestFinished(other.stop)
  expect(await kept(other.url)).toBe('timeout=5')
})
