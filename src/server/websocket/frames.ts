/** Frames of the WebSocket protocol (RFC 6455, 5) as a server sends them: whole, and without a mask. */

export const TEXT = 0x1
export const BINARY = 0x2
export const CLOSE = 0x8
export const PING = 0x9
export const PONG = 0xa
const FIN = 0x80

/** The most bytes that a frame which controls the connection carries (5.5). */
export const MAX_CONTROL = 125

/** Bytes of the head of a frame: the length has 7, 16 or 64 bits (5.2). */
export const headSize = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10)

/** Writes the head of a text of `length` bytes; the place after it. */
export const writeHead = (into: Buffer, at: number, length: number): number => {
  into[at] = FIN | TEXT
  if (length < 126) {
    into[at + 1] = length
    return at + 2
  }
  if (length < 65_536) {
    into[at + 1] = 126
    into[at + 2] = length >>> 8
    into[at + 3] = length & 0xff
    return at + 4
  }
  into[at + 1] = 127
  into.writeBigUInt64BE(BigInt(length), at + 2)
  return at + 10
}

/** A frame that controls the connection, of at most `MAX_CONTROL` bytes. */
export const controlFrame = (opcode: number, payload: Buffer): Buffer => {
  const frame = Buffer.allocUnsafe(2 + payload.length)
  frame[0] = FIN | opcode
  frame[1] = payload.length
  frame.set(payload, 2)
  return frame
}

const NOTHING = Buffer.alloc(0)

/** A close frame; one without a code has no reason either (5.5.1). */
export const closeFrame = (code: number | undefined, reason: string): Buffer => {
  if (code === undefined) return controlFrame(CLOSE, NOTHING)
  const payload = Buffer.from(`  ${reason}`)
  payload.writeUInt16BE(code)
  return controlFrame(CLOSE, payload)
}
