import type { Socket } from 'node:net'
import { FrameError, FrameReader } from './frame-reader.ts'
import { closeFrame, controlFrame, PING, PONG } from './frames.ts'

/** Milliseconds in which a client has to answer a close frame. */
const CLOSE_MS = 30_000

const PING_FRAME = controlFrame(PING, Buffer.alloc(0))

/** Who is told of all that comes over a WebSocket: its session. */
export type Listener = {
  said(text: string): void
  pinged(data: Buffer): void
  ponged(): void
  /** There is nothing more to say, on either side: what is left is to `finish` it. Told once. */
  ended(): unknown
  /** It failed, or its client broke the protocol; `closed` follows. */
  broke(error: Error): void
  closed(): void
}

/**
 * The server's side of one WebSocket (RFC 6455) over the socket of its upgrade: its opening, its frames that control the
 * connection, and its end. Texts are written by `SocketOutbox`, past it.
 */
export class LiveSocket extends FrameReader {
  /** The subprotocol that was agreed on. */
  readonly protocol: string | undefined
  isPaused = false
  readonly wire: Socket
  private listener: Listener | undefined
  private state: 'open' | 'closing' | 'closed' = 'open'
  private isEnded = false
  private late: NodeJS.Timeout | undefined

  constructor(wire: Socket, protocol: string | undefined, maxPayload: number) {
    super(maxPayload)
    this.wire = wire
    this.protocol = protocol
  }

  /** Begins to read. `head` is what came with the upgrade request. */
  open(listener: Listener, head: Buffer): void {
    this.listener = listener
    const wire: Known = this.wire
    wire[SOCKET] = this
    wire.setTimeout(0)
    wire.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
    if (head.length > 0) this.receive(head)
  }

  isOpen(): boolean {
    return this.state === 'open'
  }

  /** Says why it is closed, in at most 123 bytes, and waits for the client's answer. */
  close(code?: number, reason = ''): void {
    if (this.state !== 'open') return
    this.state = 'closing'
    this.wire.write(closeFrame(code, reason))
    this.late = setTimeout(cut, CLOSE_MS, this)
  }

  /** Ends the connection once what was written is taken. The kernel needs some 20 us for it, so not of thousands at once. */
  finish(): void {
    // No need to shut down our direction where the other is.
    if (this.wire.readableEnded && this.wire.writableLength === 0) this.wire.destroy()
    else this.wire.end()
  }

  /** Cuts it without a word. */
  terminate(): void {
    if (this.state === 'open') this.state = 'closing'
    this.wire.destroy()
  }

  /** Resolves when nothing of it is left. */
  async whenClosed(): Promise<void> {
    if (this.state !== 'closed') await new Promise((resolve) => this.wire.once('close', resolve))
  }

  ping(): void {
    if (this.state === 'open') this.wire.write(PING_FRAME)
  }
  /** `sent` is called when the network has taken it; never, where it was closed before. */
  pong(data: Buffer, sent: () => void): void {
    if (this.state !== 'open') return
    this.wire.write(controlFrame(PONG, data), (error) => {
      if (!error) sent()
    })
  }

  pause(): void {
    this.isPaused = true
    this.wire.pause()
  }
  resume(): void {
    this.isPaused = false
    this.wire.resume()
  }

  protected said(text: string): void {
    this.listener?.said(text)
  }
  protected pinged(data: Buffer): void {
    this.listener?.pinged(data)
  }
  protected ponged(): void {
    this.listener?.ponged()
  }
  protected left(code: number | undefined, reason: string): void {
    if (this.isPaused) this.resume() // or the end of the connection would not be seen
    this.close(code, reason)
    this.ended()
  }

  receive(bytes: Buffer): void {
    try {
      this.read(bytes)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.broke(error)
      this.left(error.code, '')
    }
  }
  broke(error: Error): void {
    this.listener?.broke(error)
  }

  /** The client said that it closes, or sends nothing more. */
  ended(): void {
    if (this.state === 'open') this.state = 'closing'
    if (this.isEnded) return
    this.isEnded = true
    void this.listener?.ended()
  }
  closed(): void {
    this.state = 'closed'
    clearTimeout(this.late)
    this.listener?.closed()
  }
}

const SOCKET = Symbol('WebSocket')
type Known = Socket & { [SOCKET]?: LiveSocket }

/** The listeners are the same functions for all sockets. */
function onData(this: Known, bytes: Buffer): void {
  this[SOCKET]?.receive(bytes)
}
function onEnd(this: Known): void {
  this[SOCKET]?.ended()
}
function onError(this: Known, error: Error): void {
  this[SOCKET]?.broke(error)
}
function onClose(this: Known): void {
  this[SOCKET]?.closed()
}
const cut = (socket: LiveSocket): void => socket.terminate()
