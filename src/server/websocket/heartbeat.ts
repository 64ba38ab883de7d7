import type { WebSocket } from 'ws'

export type Heartbeat = {
  /** Pings a socket until it closes. The result notes a sign of life other than a pong. */
  add(socket: WebSocket): () => void
  stop(): void
}

/**
 * Pings all sockets every `pingMs` milliseconds and cuts those that have given no sign of life since the last
 * ping.
 */
export const createHeartbeat = (pingMs: number): Heartbeat => {
  const beats = new Set<() => void>()
  const timer = setInterval(() => beats.forEach((beat) => beat()), pingMs)

  return {
    add: (socket) => {
      let alive = true
      const note = (): void => {
        alive = true
      }
      const beat = (): void => {
        if (!alive) return socket.terminate()
        alive = false
        socket.ping()
      }
      beats.add(beat)
      socket.on('pong', note)
      socket.once('close', () => beats.delete(beat))
      return note
    },
    stop: () => clearInterval(timer),
  }
}

/**
 * Answers the pings of a client with one pong on its way at most: the latest ping stands for those before it
 * (RFC 6455, 5.5.3). ws itself would cut the socket, without a code, at more than 60 in one chunk.
 */
export const answerPings = (socket: Pick<WebSocket, 'on' | 'pong'>): void => {
  let onItsWay = false
  let latest: Buffer | undefined
  const answer = (data: Buffer): void => {
    latest = data
    if (onItsWay) return
    onItsWay = true
    latest = undefined
    socket.pong(data, false, () => {
      onItsWay = false
      if (latest) answer(latest)
    })
  }
  socket.on('ping', answer)
}
