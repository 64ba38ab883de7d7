import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { settled } from '../../tests/testkit/waiters.ts'
import { cutIfUnread } from './unread.ts'

const BYTES = 32 << 20
const UNREAD_MS = 400

/** A client that asks for megabytes and doesn't read them, and what it is answered with. */
const ask = async (again = ''): Promise<{ client: Socket; response: ServerResponse }> => {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>()
  const server = createServer((_request, response) => {
    cutIfUnread(response, UNREAD_MS)
    resolve(response)
    response.end(Buffer.alloc(BYTES, 'x'))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
  onTestFinished(() => void client.destroy())
  client.on('error', () => undefined) // the cut
  client.write(`GET / HTTP/1.1\r\nhost: x\r\n\r\n${again}`)
  return { client, response: await promise }
}

test.each([
  ['once', ''],
  ['again', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'],
])('a client that asks %s and does not read its answer is cut', async (_what, again) => {
  const { response } = await ask(again)
  await settled(once(response, 'close'), 5_000, 'the cut')
  expect(response.writableFinished).toBe(false)
})

test('a client that reads slowly gets the whole answer', async () => {
  const { client, response } = await ask()
  const startedMs = performance.now()
  let heard = 0
  const reading = setInterval(() => {
    heard += (client.read(256 << 10) as Buffer | null)?.length ?? 0
  }, 10)
  onTestFinished(() => clearInterval(reading))
  client.on('readable', () => undefined)
  await settled(once(response, 'finish'), 20_000, 'the answer')
  expect(performance.now() - startedMs).toBeGreaterThan(2 * UNREAD_MS)
  expect(heard).toBeGreaterThan(BYTES / 2)
})
