import type { WebSocket } from 'ws'

/**
 * Answers the pings of a client with one pong on its way at most: the latest ping stands for those before it
 * (RFC 6455, 5.5.3). ws itself would cut the socket, without a code, at more than 60 in one chunk.
 */
export class Pongs {
  private readonly socket: Pick<WebSocket, 'pong'>
  private latest: Buffer | undefined
  private onItsWay = false

  constructor(socket: Pick<WebSocket, 'pong'>) {
    this.socket = socket
  }
  answer(data: Buffer): void {
    this.latest = data
    if (this.onItsWay) return
    this.onItsWay = true
    this.latest = undefined
    this.socket.pong(data, false, () => {
      this.onItsWay = false
      if (this.latest) this.answer(this.latest)
    })
  }
}
