import { randomBytes } from 'node:crypto'

export const TEXT = 1
export const CLOSE = 8
export const PING = 9
export const PONG = 10

type Odd = {
  /** False for a fragment that others follow. */
  readonly last?: boolean
  /** False for a frame that only a server may send. */
  readonly masked?: boolean
  /** Bits of extensions. */
  readonly reserved?: number
  /** Four bytes; those of a client are random. */
  readonly mask?: Buffer
}

/** One frame of a client (RFC 6455, 5.2). */
export const frameOf = (opcode: number, payload: Buffer, odd: Odd = {}): Buffer => {
  const { last = true, masked = true, reserved = 0, mask = randomBytes(4) } = odd
  const long = payload.length > 65_535 ? 8 : payload.length > 125 ? 2 : 0
  const head = Buffer.alloc(2 + long)
  head[0] = (last ? 0x80 : 0) | (reserved << 4) | opcode
  head[1] = (masked ? 0x80 : 0) | (long === 8 ? 127 : long === 2 ? 126 : payload.length)
  if (long === 2) head.writeUInt16BE(payload.length, 2)
  if (long === 8) head.writeBigUInt64BE(BigInt(payload.length), 2)
  if (!masked) return Buffer.concat([head, payload])
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index % 4]!)])
}

/** The first frame of a server and what follows it; undefined when it is not all there yet. */
export const takeFrame = (bytes: Buffer): { opcode: number; payload: Buffer; rest: Buffer } | undefined => {
  const short = (bytes[1] ?? 0) & 0x7f
  const from = short === 127 ? 10 : short === 126 ? 4 : 2
  if (bytes.length < from) return undefined
  const size =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short
  if (bytes.length < from + size) return undefined
  return {
    opcode: bytes[0]! & 0x0f,
    payload: bytes.subarray(from, from + size),
    rest: bytes.subarray(from + size),
  }
}
