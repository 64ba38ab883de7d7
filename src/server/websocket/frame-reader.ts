import { isUtf8 } from 'node:buffer'
import { BINARY, CLOSE, MAX_CONTROL, PING, PONG, TEXT } from './frames.ts'
import { Gathered } from './gathered.ts'

const CONTINUATION = 0x0
const REPLACEMENT = '\ufffd'

/** A client breaks the WebSocket protocol; `code` is what it is closed with (RFC 6455, 7.4.1). */
export class FrameError extends Error {
  override readonly name = 'FrameError'
  readonly code: 1002 | 1007 | 1009

  constructor(code: FrameError['code'], message: string) {
    super(message)
    this.code = code
  }
}

const broken = (message: string): FrameError => new FrameError(1002, message)
const noText = (): FrameError => new FrameError(1007, 'a text that is not UTF-8')

/** What a client may close with (RFC 6455, 7.4, and IANA's registry). */
const isCloseCode = (code: number): boolean =>
  (code >= 3000 && code <= 4999) || (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006))

const unmask = (bytes: Buffer, from: number, end: number): void => {
  const mask = from - 4
  for (let at = from; at < end; at += 1) bytes[at]! ^= bytes[mask + ((at - from) & 3)]!
}

const textOf = (bytes: Buffer, from: number, end: number, opcode: number): string => {
  const text = bytes.toString('utf8', from, end)
  // Decoding puts the replacement in the place of what is none; a client may also have meant it.
  if (opcode === TEXT && text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(from, end))) throw noText()
  return text
}

/**
 * Reads the frames that a client sends (RFC 6455, 5), without extensions. Messages come as text, those of bytes as well;
 * each is told as soon as it is whole. Nothing is kept between two frames.
 */
export abstract class FrameReader {
  /** The client's close frame was read, or something that breaks the protocol: what follows is not read. */
  protected isOver = false
  private readonly maxPayload: number
  /** A frame that is not whole, and the bytes that it needs before there is anything to do. */
  private rest: Gathered | undefined
  private need = 0
  /** A message in fragments, and what it is of. */
  private message: Gathered | undefined
  private opcode = CONTINUATION

  constructor(maxPayload: number) {
    this.maxPayload = maxPayload
  }

  protected abstract said(text: string): void
  protected abstract pinged(data: Buffer): void
  protected abstract ponged(): void
  /** The client's close frame; without a code where it gave none. */
  protected abstract left(code: number | undefined, reason: string): void

  /** Reads what has come, which is unmasked in its place. Throws FrameError where it breaks the protocol. */
  protected read(chunk: Buffer): void {
    if (this.isOver) return
    this.rest?.add(chunk)
    if (this.rest && this.rest.length < this.need) return
    const bytes = this.rest?.bytes ?? chunk
    this.rest = undefined
    let at = 0
    try {
      for (let end = 0; at < bytes.length && !this.isOver; at = end) {
        end = this.frame(bytes, at)
        if (end < 0) break
      }
    } catch (error) {
      this.isOver = true
      throw error
    }
    if (at < bytes.length && !this.isOver) this.rest = new Gathered(bytes.subarray(at))
  }

  private waitFor(bytes: number): -1 {
    this.need = bytes
    return -1
  }

  /** Handles the frame that begins there; the place after it, or -1 where it is not all there. */
  private frame(bytes: Buffer, at: number): number {
    const here = bytes.length - at
    if (here < 2) return this.waitFor(2)
    const first = bytes[at]!
    const second = bytes[at + 1]!
    const opcode = first & 0x0f
    const isLast = first >= 0x80
    const short = second & 0x7f
    this.checkHead(first, opcode, isLast, short)
    if (second < 0x80) throw broken('a frame without a mask')
    const lengthEnd = short < 126 ? 2 : short === 126 ? 4 : 10
    if (here < lengthEnd) return this.waitFor(lengthEnd)
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    if (opcode < CLOSE && (this.message?.length ?? 0) + length > this.maxPayload)
      throw new FrameError(1009, `a message of more than ${this.maxPayload} bytes`)
    const size = lengthEnd + 4 + length
    if (here < size) return this.waitFor(size)
    const end = at + size
    const from = end - length
    unmask(bytes, from, end)
    if (opcode >= CLOSE) this.control(opcode, bytes.subarray(from, end))
    else this.data(opcode, isLast, bytes, from, end)
    return end
  }

  private checkHead(first: number, opcode: number, isLast: boolean, short: number): void {
    if (first & 0x70) throw broken('a frame of an extension')
    if (
      opcode === CONTINUATION
        ? this.opcode === CONTINUATION
        : opcode <= BINARY && this.opcode !== CONTINUATION
    )
      throw broken('fragments out of order')
    if (opcode <= BINARY) return
    if (opcode < CLOSE || opcode > PONG) throw broken('a frame of no known kind')
    if (!isLast) throw broken('a control frame in fragments')
    if (short > MAX_CONTROL || (opcode === CLOSE && short === 1))
      throw broken(`a control frame of ${short} bytes`)
  }

  private data(opcode: number, isLast: boolean, bytes: Buffer, from: number, end: number): void {
    if (isLast && opcode !== CONTINUATION) return this.said(textOf(bytes, from, end, opcode))
    if (opcode !== CONTINUATION) this.opcode = opcode
    const part = bytes.subarray(from, end)
    if (this.message) this.message.add(part)
    else this.message = new Gathered(part)
    if (!isLast) return
    const whole = this.message.bytes
    const kind = this.opcode
    this.message = undefined
    this.opcode = CONTINUATION
    this.said(textOf(whole, 0, whole.length, kind))
  }

  private control(opcode: number, payload: Buffer): void {
    if (opcode === PING) return this.pinged(Buffer.from(payload)) // what it came in is not kept for its answer
    if (opcode === PONG) return this.ponged()
    const code = payload.length === 0 ? undefined : payload.readUInt16BE(0)
    if (code !== undefined && !isCloseCode(code)) throw broken(`the close code ${code}`)
    const reason = payload.subarray(2)
    if (!isUtf8(reason)) throw noText()
    this.isOver = true
    this.left(code, reason.toString())
  }
}
