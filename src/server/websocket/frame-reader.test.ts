import type { Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import { expect, test } from 'vitest'
import * as ws from 'ws'
import { createRandom, type Random } from '../../../tests/fuzz/random.ts'
import { CLOSE, frameOf, PING, TEXT } from '../../../tests/testkit/frames.ts'
import { FrameError, FrameReader } from './frame-reader.ts'

const MOST = 70_000

/** Writes down what it is told. */
class Noting extends FrameReader {
  readonly told: string[] = []
  constructor(maxPayload = MOST) {
    super(maxPayload)
  }
  take(bytes: Buffer): void {
    try {
      this.read(bytes)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.told.push(`broken ${error.code}`)
    }
  }
  protected said(text: string): void {
    this.told.push(`said ${text}`)
  }
  protected pinged(data: Buffer): void {
    this.told.push(`ping ${data.toString('hex')}`)
  }
  protected ponged(): void {
    this.told.push('pong')
  }
  protected left(code: number | undefined, reason: string): void {
    this.told.push(`left ${code} ${reason}`)
  }
}

/** The receiver of ws, which its types don't have. */
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable }

const judged = async (chunks: readonly Buffer[]): Promise<string[]> => {
  const told: string[] = []
  const receiver = new Receiver({ isServer: true, maxPayload: MOST })
  receiver.on('message', (data: Buffer) => told.push(`said ${data.toString()}`))
  receiver.on('ping', (data: Buffer) => told.push(`ping ${data.toString('hex')}`))
  receiver.on('pong', () => told.push('pong'))
  receiver.on('conclude', (code: number, reason: Buffer) =>
    told.push(`left ${code === 1005 ? undefined : code} ${reason.toString()}`),
  )
  receiver.on('error', (error) => {
    const [status] = Object.getOwnPropertySymbols(error).map(
      (symbol) => (error as unknown as Record<symbol, number>)[symbol],
    )
    told.push(`broken ${status}`)
  })
  for (const chunk of chunks) if (!receiver.writableEnded) receiver.write(chunk)
  await turn() // it tells of errors later
  return told
}

const SIZES = [0, 1, 2, 5, 124, 125, 126, 127, 300, 65_535, 65_536, MOST, MOST + 1]
const WORDS = ['a', 'ü', '€', '𝄞', '\ufffd', '"', '\0']

const payloadOf = (random: Random): Buffer => {
  const size = random.chance(0.98) ? random.below(140) : random.pick(SIZES)
  const word = Buffer.from(random.pick(WORDS))
  const most = random.chance(0.02) ? size : size - (size % word.length) // else within a letter
  const text = Buffer.alloc(most, word)
  if (random.chance(0.01) && most > 0) text[random.below(most)] = random.below(256)
  return text
}
const closing = (random: Random): Buffer => {
  if (random.chance(0.2)) return Buffer.alloc(random.below(2))
  const payload = Buffer.from(`  ${random.pick(WORDS).repeat(random.below(31))}`)
  payload.writeUInt16BE(random.chance(0.5) ? 1_000 + random.below(20) : random.below(5_100))
  return payload
}
/** What a client sends: mostly right, some of it in fragments with control frames in between. */
const stream = (random: Random): Buffer => {
  const frames: Buffer[] = []
  const add = (opcode: number, payload: Buffer, last = true): void => {
    const odd = {
      last,
      masked: !random.chance(0.003),
      reserved: random.chance(0.003) ? 1 + random.below(7) : 0,
      mask: Buffer.from([0, 0, 0, 0].map(() => random.below(256))),
    }
    frames.push(frameOf(random.chance(0.005) ? random.below(16) : opcode, payload, odd))
  }
  for (let left = 1 + random.below(12); left > 0; left -= 1) {
    const parts = random.chance(0.3) ? 1 + random.below(5) : 1
    for (let part = 0; part < parts; part += 1) {
      add(part > 0 ? 0 : 1 + random.below(2), payloadOf(random), part === parts - 1 || random.chance(0.02))
      if (random.chance(0.2)) add(PING + random.below(2), payloadOf(random).subarray(0, random.below(127)))
    }
    if (random.chance(0.05)) add(CLOSE, closing(random))
  }
  const bytes = Buffer.concat(frames)
  if (random.chance(0.1)) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
  return bytes
}
const cutInto = (random: Random, bytes: Buffer): Buffer[] => {
  const chunks: Buffer[] = []
  const most = random.pick([1, 3, 20, 5_000, bytes.length])
  for (let at = 0; at < bytes.length;) {
    const size = bytes.length > 20_000 ? Math.max(most, 1_000) : 1 + random.below(most)
    chunks.push(bytes.subarray(at, (at += size)))
  }
  return chunks
}

test('2,000 streams of frames, right and wrong, whole and in pieces, are read as ws reads them', async () => {
  const counted = { said: 0, ping: 0, pong: 0, left: 0, broken: 0 }
  for (let seed = 0; seed < 2_000; seed += 1) {
    const random = createRandom(seed)
    const chunks = cutInto(random, stream(random))
    const reader = new Noting()
    const expected = await judged(chunks.map((chunk) => Buffer.from(chunk)))
    for (const chunk of chunks) reader.take(chunk)
    expect(reader.told, `stream ${seed}`).toEqual(expected)
    for (const told of expected) counted[told.split(' ', 1)[0] as keyof typeof counted] += 1
  }
  for (const [what, count] of Object.entries(counted)) expect(count, what).toBeGreaterThan(100)
})

/** What is held once all garbage was collected, which counting objects does. */
const heldBytes = (): number => {
  queryObjects(Noting, { format: 'count' })
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

test('a long message that is announced, or comes a byte at a time, holds what has come and not more', () => {
  const most = 8 << 20
  const frame = frameOf(TEXT, Buffer.alloc(most, 'x'))
  const before = heldBytes()
  const readers = Array.from({ length: 100 }, () => new Noting(most))
  for (const reader of readers)
    for (let at = 0; at < 2_000; at += 1) reader.take(Buffer.from(frame.subarray(at, at + 1)))
  // 100 readers that have 2,000 bytes each; one of them alone was announced 8 MiB, and each part would be an object.
  expect(heldBytes() - before).toBeLessThan(2 << 20)
  const [first] = readers
  first!.take(Buffer.from(frame.subarray(2_000)))
  expect(first!.told).toEqual([`said ${'x'.repeat(most)}`])
})

test('any number of empty fragments is not kept, and says nothing', () => {
  const reader = new Noting()
  reader.take(frameOf(TEXT, Buffer.from('a'), { last: false }))
  const empty = frameOf(0, Buffer.alloc(0), { last: false })
  const before = heldBytes()
  for (let round = 0; round < 100; round += 1)
    reader.take(Buffer.concat(Array.from({ length: 1_000 }, () => empty)))
  expect(heldBytes() - before).toBeLessThan(2 << 20)
  reader.take(frameOf(0, Buffer.from('b')))
  expect(reader.told).toEqual(['said ab'])
})
