import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { CLOSE, frameOf, PING, PONG, takeFrame, TEXT } from '../../../tests/testkit/frames.ts'
import { eventually } from '../../../tests/testkit/waiters.ts'
import { wirePair } from '../../../tests/testkit/wire-pair.ts'
import { LiveSocket, type Listener } from './socket.ts'

/** A client and the server's side of its WebSocket, past the handshake; `told` is what the listener was told. */
const open = async ({ head = Buffer.alloc(0), finishes = true } = {}) => {
  const { client, wire } = await wirePair()
  const told: string[] = []
  const socket = new LiveSocket(wire, undefined, 1_000)
  const listener: Listener = {
    said: (text) => told.push(text),
    pinged: (data) => told.push(`ping ${data.toString()}`),
    ponged: () => told.push('pong'),
    ended: () => {
      told.push('ended')
      if (finishes) socket.finish()
    },
    broke: ({ message }) => told.push(message),
    closed: () => told.push('closed'),
  }
  const parts: Buffer[] = []
  client.on('data', (part) => parts.push(part))
  const ended = once(client, 'end')
  socket.open(listener, head)
  /** The frames that the client got by the end of the connection. */
  const heard = async (): Promise<[number, string][]> => {
    await ended
    const frames: [number, string][] = []
    for (let bytes: Buffer = Buffer.concat(parts); bytes.length > 0;) {
      const { opcode, payload, rest } = takeFrame(bytes)!
      frames.push([opcode, payload.toString('latin1')])
      bytes = rest
    }
    return frames
  }
  return { client, wire, socket, told, heard }
}
const coded = (code: number, reason = ''): Buffer =>
  Buffer.from([code >> 8, code & 0xff, ...Buffer.from(reason)])
const text = (said: string): Buffer => frameOf(TEXT, Buffer.from(said))
const latin = (bytes: Buffer): string => bytes.toString('latin1')

test('what came with the upgrade request is read, and what follows it', async () => {
  const first = text('first')
  const { client, told, socket } = await open({ head: Buffer.concat([text('one'), first.subarray(0, 3)]) })
  client.write(
    Buffer.concat([first.subarray(3), frameOf(PING, Buffer.from('p')), frameOf(PONG, Buffer.alloc(0))]),
  )
  await eventually(() => expect(told).toEqual(['one', 'first', 'ping p', 'pong']))
  expect(socket.isOpen()).toBe(true)
})

test.each([
  ['its code and reason', coded(4321, 'bye')],
  ['no code where it gave none', Buffer.alloc(0)],
])('the close of a client is answered with %s, and ends the connection', async (_what, payload) => {
  const { client, told, socket, heard } = await open()
  client.write(Buffer.concat([text('last'), frameOf(CLOSE, payload), text('after')]))
  expect(await heard()).toEqual([[CLOSE, latin(payload)]])
  client.end()
  await socket.whenClosed()
  expect(told).toEqual(['last', 'ended', 'closed'])
})

test.each([
  ['a frame without a mask', frameOf(TEXT, Buffer.from('x'), { masked: false }), 1002],
  ['a text that is not UTF-8', frameOf(TEXT, Buffer.from([0xff])), 1007],
  ['a message of more than 1000 bytes', frameOf(TEXT, Buffer.alloc(1_001)), 1009],
])('%s is closed with its code, whatever the client goes on to send', async (what, frame, code) => {
  const { client, told, socket, heard } = await open()
  client.write(Buffer.concat([frame, text('after')]))
  expect(await heard()).toEqual([[CLOSE, latin(coded(code))]])
  client.end(text('and after'))
  await socket.whenClosed()
  expect(told).toEqual([what, 'ended', 'closed'])
})

test('a close of ours is said once, waits for the answer, and what came before it is for the listener to leave', async () => {
  const { client, told, socket, heard } = await open()
  socket.close(1001, 'Going away')
  socket.close(1013, 'twice')
  socket.ping()
  client.write(Buffer.concat([text('late'), frameOf(CLOSE, coded(1001))]))
  expect(await heard()).toEqual([[CLOSE, latin(coded(1001, 'Going away'))]])
  client.end()
  await socket.whenClosed()
  expect(told).toEqual(['late', 'ended', 'closed'])
})

test('a client that never answers a close is cut after 30 s', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { wire, socket } = await open()
  socket.close(1001, 'Going away')
  vi.advanceTimersByTime(29_999)
  await turn()
  expect(wire.destroyed).toBe(false)
  vi.advanceTimersByTime(1)
  expect(wire.destroyed).toBe(true)
  await socket.whenClosed()
})

test('who ends the connection without a close still gets all that was written, and is cut then', async () => {
  const { client, told, socket, wire, heard } = await open()
  const large = Buffer.alloc(8 << 20, 'x')
  client.pause()
  wire.write(Buffer.concat([Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 0x80, 0, 0]), large]))
  client.end()
  await eventually(() => expect(socket.isOpen()).toBe(false))
  expect(wire.destroyed).toBe(false)
  client.resume()
  expect(await heard()).toEqual([[TEXT, latin(large)]])
  await socket.whenClosed()
  expect(told).toEqual(['ended', 'closed'])
})

test('nothing of a connection is closed before its listener says so', async () => {
  const { client, wire, socket, told } = await open({ finishes: false })
  client.write(frameOf(CLOSE, coded(1000)))
  client.end()
  await once(wire, 'end')
  await turn()
  expect([told, wire.destroyed]).toEqual([['ended'], false])
  socket.finish()
  await socket.whenClosed()
  expect(told).toEqual(['ended', 'closed'])
  await socket.whenClosed()
})

test('while it is paused nothing is read, and a ping leaves all the same', async () => {
  const { client, told, socket } = await open()
  socket.pause()
  client.write(text('waits'))
  socket.ping()
  const [ping] = (await once(client, 'data')) as [Buffer]
  expect(takeFrame(ping)?.opcode).toBe(PING)
  expect([told, socket.isPaused]).toEqual([[], true])
  socket.resume()
  await eventually(() => expect(told).toEqual(['waits']))
})
