import type { ServerResponse } from 'node:http'
import { Outbox } from '../../platform/live/outbox.ts'

const CRLF = Buffer.from('\r\n')
/** The head of what has none of its own. */
export const NOTHING = Buffer.alloc(0)

const sizeOf = (bytes: number): Buffer => Buffer.from(`${bytes.toString(16)}\r\n`)

/** Chunks of what is the same for all who are sent it. */
const whole = new WeakMap<Buffer, Buffer>()

/** A chunk of a chunked body (RFC 9112, 7.1). */
const chunkOf = (...parts: readonly Buffer[]): Buffer => {
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([sizeOf(size), ...parts, CRLF])
}

/**
 * The events of one response. Where its body is chunked they are whole chunks, written to its socket: the
 * response would write the size, the bytes and the end of each by itself. What is put is then a chunk already,
 * or a head and a tail that become one.
 */
export class EventOutbox extends Outbox {
  private response: ServerResponse | undefined
  /** Whether chunks are made here: not for HTTP/1.0, nor while an earlier response has the socket. */
  private chunks = false

  /** Sends the head of the response, and then what is put. */
  attach(response: ServerResponse): void {
    this.response = response
    response.flushHeaders()
    const hasBody = response.req.method !== 'HEAD'
    this.chunks = hasBody && response.chunkedEncoding && response.socket !== null
    this.open(this.chunks ? response.socket! : response)
  }
  protected isOpen(): boolean {
    const { response } = this
    if (!response || response.writableEnded || response.destroyed) return false
    return !this.chunks || response.socket !== null
  }
  protected bytesOf(head: Buffer, tail: Buffer): Buffer {
    if (!this.chunks) return Buffer.concat([head, tail])
    if (head !== NOTHING) return chunkOf(head, tail)
    const made = whole.get(tail) ?? chunkOf(tail)
    whole.set(tail, made)
    return made
  }
  protected bytesOfAll(parts: readonly Buffer[]): Buffer {
    return this.chunks ? chunkOf(...parts) : Buffer.concat(parts)
  }
  say(text: string): void {
    this.put(NOTHING, Buffer.from(text))
  }
  /** Ends the response after all that was put. */
  end(): void {
    this.flush()
    this.response?.end()
  }
  /** Cuts the response. */
  destroy(): void {
    this.response?.destroy()
  }
}
