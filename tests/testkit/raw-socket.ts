import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import { CLOSE, frameOf, PING, PONG, takeFrame, TEXT } from './frames.ts'
import { settled } from './waiters.ts'

export type Message = { type: string; id?: string; payload?: never }

/** A WebSocket that no library makes: a plain socket, the handshake as text, and frames byte by byte. */
export const openRaw = async (
  url: string,
  options: {
    protocol?: string | undefined
    headers?: Record<string, string>
    /** False for a client that has vanished: it answers no ping. */
    answersPings?: boolean
    /** False for a client that goes on after it was told of the close. */
    answersClose?: boolean
    /** True where the test cuts it itself: the end of the test would keep each of thousands. */
    leaves?: boolean
  } = {},
) => {
  const {
    protocol = 'graphql-transport-ws',
    headers = {},
    answersPings = true,
    answersClose = true,
    leaves = false,
  } = options
  const { hostname, port, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  if (!leaves) onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined) // a connection that is cut; `closed` tells
  await once(socket, 'connect')
  const lines = Object.entries({
    host,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...(protocol && { 'sec-websocket-protocol': protocol }),
    ...headers,
  })
  socket.write(
    `GET /graphql HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  )

  const come: Message[] = []
  const waiting: ((message: Message) => void)[] = []
  let bytes: Buffer = Buffer.alloc(0)
  let head: string | undefined
  let heard: (head: string) => void
  const answered = new Promise<string>((resolve) => (heard = resolve))
  let end: (how: string) => void
  const closed = new Promise<string>((resolve) => (end = resolve))
  let pong: () => void
  const ponged = new Promise<void>((resolve) => (pong = resolve))
  const write = (opcode: number, payload: Buffer): void => void socket.write(frameOf(opcode, payload))
  const take = (opcode: number, payload: Buffer): void => {
    if (opcode === PING && answersPings) write(PONG, payload)
    if (opcode === PONG) pong()
    if (opcode === CLOSE) {
      end(`${payload.readUInt16BE(0)} ${payload.toString('utf8', 2)}`)
      if (answersClose) write(CLOSE, payload)
    }
    if (opcode !== TEXT) return
    const message = JSON.parse(payload.toString()) as Message
    const first = waiting.shift()
    if (first) first(message)
    else come.push(message)
  }
  socket.on('data', (part: Buffer) => {
    bytes = Buffer.concat([bytes, part])
    if (head === undefined) {
      const at = bytes.indexOf('\r\n\r\n')
      if (at < 0) return
      heard((head = bytes.toString('latin1', 0, at)))
      bytes = bytes.subarray(at + 4)
    }
    for (let frame = takeFrame(bytes); frame; frame = takeFrame(bytes)) {
      bytes = frame.rest
      take(frame.opcode, frame.payload)
    }
  })
  socket.once('close', () => end('cut'))

  const answer = await settled(answered, 5_000, 'the answer to the handshake')
  return {
    /** Of the answer to the handshake: 101, or why there is no WebSocket. */
    status: Number(answer.split(' ', 2)[1]),
    /** Sends texts, or objects as JSON; all of them in one write. */
    send: (...messages: unknown[]): void =>
      void socket.write(
        Buffer.concat(
          messages.map((each) =>
            frameOf(TEXT, Buffer.from(typeof each === 'string' ? each : JSON.stringify(each))),
          ),
        ),
      ),
    subscribe: (id: string, query: string, variables: object = {}): void =>
      write(TEXT, Buffer.from(JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }))),
    next: (): Promise<Message> => {
      const message = come.shift()
      return message
        ? Promise.resolve(message)
        : settled(new Promise((resolve) => void waiting.push(resolve)), 5_000, 'a message')
    },
    /** Waits until the network has taken what was sent. */
    drained: async (): Promise<void> => void (socket.writableLength > 0 && (await once(socket, 'drain'))),
    /** Messages that came and that nobody has taken with `next`. */
    untaken: (): readonly Message[] => come,
    /** Code and reason of the close frame; 'cut' when the connection ended without one. */
    closed: (withinMs = 5_000): Promise<string> => settled(closed, withinMs, 'the close'),
    /** A ping frame of RFC 6455, not a message. */
    pingFrame: (): void => write(PING, Buffer.alloc(0)),
    /** Many of them in one write. */
    pingFrames: (count: number): void =>
      void socket.write(Buffer.concat(Array.from({ length: count }, () => frameOf(PING, Buffer.alloc(0))))),
    /** Waits for the answer to a ping frame. */
    ponged: (): Promise<void> => settled(ponged, 5_000, 'a pong'),
    /** Reads nothing any more, and again. */
    stall: (): void => void socket.pause(),
    read: (): void => void socket.resume(),
    isOpen: (): boolean => !socket.destroyed && socket.readyState === 'open',
    /** Ends the connection without a word. */
    cut: (): void => void socket.destroy(),
  }
}

/** The same past its `connection_init`, with a key. */
export const openAcknowledged = async (
  url: string,
  key: string,
  options: Parameters<typeof openRaw>[1] = {},
) => {
  const raw = await openRaw(url, options)
  raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })
  const { type } = await raw.next()
  if (type !== 'connection_ack') throw new Error(`expected connection_ack and got ${type}`)
  return raw
}
