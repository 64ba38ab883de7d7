import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'

/**
 * How long a connection that is kept alive may stay idle during a drain, in milliseconds. What a client sent just before it
 * learned of the drain arrives within this time and is answered; closing at once would cut it off.
 */
const IDLE_GRACE_MS = 250
const LOOK_AGAIN_MS = 50

export type Drain = {
  /**
   * Takes no new connection, answers what is under way, and gives each connection back with its answer. Resolves when
   * none is left; after `timeoutMs` those that are left are cut off.
   */
  drain(timeoutMs: number): Promise<void>
}

/** Knows the answers under way from the start on: make it before the server listens. */
export const createDrain = (server: Server): Drain => {
  const underWay = new Set<ServerResponse>()
  // All of them: http forgets a connection that asks for an upgrade, and one that was refused may be half open still.
  const connections = new Set<Socket>()
  let draining = false

  server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })

  // First in line: the handler may answer in the same turn.
  server.prependListener('request', (_request, response) => {
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
    if (draining) response.setHeader('connection', 'close')
  })

  return {
    drain: async (timeoutMs) => {
      draining = true
      for (const response of underWay) if (!response.headersSent) response.setHeader('connection', 'close')
      // Not http's own close: that one cuts idle connections at once, with requests that are on their way in them.
      const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
      let looking: NodeJS.Timeout | undefined
      const grace = setTimeout(() => {
        looking = setInterval(() => server.closeIdleConnections(), LOOK_AGAIN_MS)
      }, IDLE_GRACE_MS)
      const late = setTimeout(() => connections.forEach((socket) => socket.destroy()), timeoutMs)
      await closed
      for (const timer of [grace, looking, late]) clearTimeout(timer)
      server.close() // ends http's own timer for slow senders
    },
  }
}
