import { MAX_OPERATIONS } from '../../graphql/limits/operations.ts'
import type { Waker } from '../../platform/iterate/pull.ts'
import type { Session } from './session.ts'

/** Messages that may be under way: those of the operations, and a few that are answered at once. */
const MAX_UNDER_WAY = MAX_OPERATIONS + 16

/**
 * The messages of one WebSocket, handled as fast as its client takes the answers. While it does not, the
 * socket is not read, and what was read already (a whole chunk at once) waits here: otherwise one
 * client could have answers made without end.
 */
export class Inbox implements Waker {
  private readonly session: Session
  private waiting: string[] | undefined
  private underWay = 0

  constructor(session: Session) {
    this.session = session
  }

  receive(text: string): void {
    // What comes after a close is not begun; it is read only for the client's answer to the close frame.
    if (!this.session.isOpen()) this.waiting = undefined
    else if (this.waiting || this.isFull()) (this.waiting ??= []).push(text)
    else void this.handle(text)
    this.pauseIfFull()
  }

  /** There is room in the outbox again. */
  wake(): void {
    if (!this.session.isOpen()) this.waiting = undefined
    while (this.waiting && !this.isFull()) {
      const next = this.waiting.shift()!
      if (this.waiting.length === 0) this.waiting = undefined
      void this.handle(next)
    }
    this.pauseIfFull()
  }

  private async handle(text: string): Promise<void> {
    this.underWay += 1
    await this.session.handle(text)
    this.underWay -= 1
    if (this.waiting ?? this.session.socket.isPaused) this.wake()
  }

  private isFull(): boolean {
    return this.underWay >= MAX_UNDER_WAY || this.session.outbox.isFull(this)
  }

  private pauseIfFull(): void {
    const { socket } = this.session
    // A socket that is closing is still read, or the client's answer to the close frame would not be seen.
    if (this.session.isOpen() && this.isFull()) this.session.life.hold()
    else if (socket.isPaused) socket.resume()
  }
}
