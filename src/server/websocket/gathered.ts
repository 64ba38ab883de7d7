/**
 * Bytes that come in parts. They are copied into room that grows with what has come, and not with what was announced or
 * with the number of parts: neither a long announcement nor a byte at a time costs more than the bytes themselves.
 */
export class Gathered {
  private room: Buffer
  private size: number

  /** A copy of the first part: what it came in is not kept for a few bytes, and nothing is written into it. */
  constructor(first: Buffer) {
    this.room = Buffer.allocUnsafeSlow(first.length)
    this.room.set(first)
    this.size = first.length
  }

  get length(): number {
    return this.size
  }

  get bytes(): Buffer {
    return this.room.subarray(0, this.size)
  }

  add(part: Buffer): void {
    const size = this.size + part.length
    if (size > this.room.length) {
      const room = Buffer.allocUnsafeSlow(Math.max(size, 2 * this.size))
      room.set(this.bytes)
      this.room = room
    }
    this.room.set(part, this.size)
    this.size = size
  }
}
