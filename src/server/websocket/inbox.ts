import type { RawData, WebSocket } from 'ws'
import { MAX_OPERATIONS } from '../../graphql/limits/operations.ts'

/**
 * Messages that may be under way: those of the operations, and a few that are answered at once. An answer is
 * under way until the client takes it, so this bounds how many answers wait for a client that does not read.
 */
const MAX_UNDER_WAY = MAX_OPERATIONS + 16
/**
 * Bytes that may wait to be sent before nothing more is read. One chunk of a socket: a client that keeps up
 * has less.
 */
const MAX_UNSENT_BYTES = 64 << 10

export type Inbox = {
  receive(data: RawData): void
  /** To be called when something that was sent has left this process. */
  sent(): void
}

const textOf = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)).toString()

/**
 * The messages of one WebSocket, handled as fast as its client takes the answers. While it does not, the
 * socket is not read, and what was read already (ws delivers a whole chunk at once) waits here: otherwise one
 * client could have answers made without end.
 */
export const createInbox = (
  socket: Pick<WebSocket, 'bufferedAmount' | 'pause' | 'resume' | 'readyState' | 'OPEN'>,
  /** Never rejects. Resolves when the message has been handled; for an operation, when it is complete. */
  handle: (text: string) => Promise<void>,
): Inbox => {
  let waiting: RawData[] = []
  let underWay = 0
  const isFull = (): boolean => underWay >= MAX_UNDER_WAY || socket.bufferedAmount > MAX_UNSENT_BYTES

  const proceed = (): void => {
    if (socket.readyState !== socket.OPEN) waiting = []
    while (waiting.length > 0 && !isFull()) {
      underWay += 1
      void handle(textOf(waiting.shift()!)).finally(() => {
        underWay -= 1
        proceed()
      })
    }
    // A socket that is closing is still read, or the client's answer to the close frame would not be seen.
    if (socket.readyState === socket.OPEN && isFull()) socket.pause()
    else socket.resume()
  }

  return {
    receive: (data) => {
      waiting.push(data)
      proceed()
    },
    sent: proceed,
  }
}
