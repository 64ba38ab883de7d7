import type { LiveSocket } from './socket.ts'

/**
 * Answers the pings of a client with one pong on its way at most: the latest ping stands for those before it
 * (RFC 6455, 5.5.3).
 */
export class Pongs {
  private readonly socket: Pick<LiveSocket, 'pong'>
  private latest: Buffer | undefined
  private onItsWay = false

  constructor(socket: Pick<LiveSocket, 'pong'>) {
    this.socket = socket
  }
  answer(data: Buffer): void {
    this.latest = data
    if (this.onItsWay) return
    this.onItsWay = true
    this.latest = undefined
    this.socket.pong(data, () => {
      this.onItsWay = false
      if (this.latest) this.answer(this.latest)
    })
  }
}
