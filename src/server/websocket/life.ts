import { Pongs } from './pongs.ts'
import type { LiveSocket } from './socket.ts'

/** Whether the client of a socket is still there. */
export class Life {
  private readonly socket: LiveSocket
  private pongs: Pongs | undefined
  /** Whether there was a sign of life since the last ping, and the bytes that its client had taken by then. */
  private alive = true
  private taken = 0
  /** Whether it was not read at some time since then. */
  private held = false
  /** Whether that ping stands behind what its client had not taken. */
  private behind = false

  constructor(socket: LiveSocket) {
    this.socket = socket
  }

  note(): void {
    this.alive = true
  }

  /** Answers a ping frame. */
  pinged(data: Buffer): void {
    this.pongs ??= new Pongs(this.socket)
    this.pongs.answer(data)
  }

  /** Reads nothing of the client until it has taken what waits for it. */
  hold(): void {
    this.held = true
    this.socket.pause()
  }

  /** Pings the client, or cuts it where it has given no sign of life since the last time. */
  beat(): void {
    const { bytesWritten, writableLength } = this.socket.wire
    const taken = bytesWritten - writableLength
    // Its pong is not sent, or not read, while it has to take something first: taking is its sign of life then.
    if ((this.held || this.behind) && taken > this.taken) this.alive = true
    this.held = this.socket.isPaused
    this.behind = writableLength > 0
    this.taken = taken
    if (!this.alive) return this.socket.terminate()
    this.alive = false
    this.socket.ping()
  }
}
