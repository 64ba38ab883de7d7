import { Outbox, type Wire } from '../../platform/live/outbox.ts'
import { headSize, writeHead } from './frames.ts'
import type { LiveSocket } from './socket.ts'

/** Bytes. As many are held by each socket that once did not take what was on the desk. */
const DESK = 16 << 10
const NOTHING = Buffer.alloc(0)

/** Writes a whole frame; the place after it. */
const writeMessage = (into: Buffer, at: number, head: Buffer, tail: Buffer): number => {
  const from = writeHead(into, at, head.length + tail.length)
  into.set(head, from)
  into.set(tail, from + head.length)
  return from + head.length + tail.length
}

/**
 * Where frames are made, for all sockets in turn: what a socket's `write` has taken whole the kernel has copied, so
 * the next are written over it, and an event for thousands makes no garbage.
 */
let desk = Buffer.allocUnsafeSlow(DESK)
/** The part of it that was used last: frames of one event have one length. */
let sheet = desk

/** Room for frames; `own` where they will wait. */
const roomFor = (size: number, own: boolean): Buffer => {
  if (own || size > DESK) return Buffer.allocUnsafe(size)
  if (sheet.length !== size) sheet = desk.subarray(0, size)
  return sheet
}

/**
 * The text messages of one WebSocket, as whole frames. What controls the connection goes past it, and between two whole
 * frames it may (RFC 6455, 5.4).
 */
export class SocketOutbox extends Outbox {
  private readonly socket: Pick<LiveSocket, 'isOpen'>

  constructor(socket: Pick<LiveSocket, 'isOpen'>, wire: Wire) {
    super()
    this.socket = socket
    this.open(wire)
  }
  protected isOpen(): boolean {
    return this.socket.isOpen()
  }
  protected bytesOf(head: Buffer, tail: Buffer, waits: boolean): Buffer {
    const length = head.length + tail.length
    const bytes = roomFor(length + headSize(length), waits)
    writeMessage(bytes, 0, head, tail)
    return bytes
  }
  protected bytesOfAll(parts: readonly Buffer[], size: number, waits: boolean): Buffer {
    let heads = 0
    for (let at = 0; at < parts.length; at += 2) heads += headSize(parts[at]!.length + parts[at + 1]!.length)
    const bytes = roomFor(size + heads, waits)
    let to = 0
    for (let at = 0; at < parts.length; at += 2) to = writeMessage(bytes, to, parts[at]!, parts[at + 1]!)
    return bytes
  }
  protected override kept(bytes: Buffer): void {
    if (bytes !== sheet) return
    desk = Buffer.allocUnsafeSlow(DESK)
    sheet = desk
  }
  /** A message of the protocol. */
  say(message: object): void {
    this.put(NOTHING, Buffer.from(JSON.stringify(message)))
  }
}
