import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'

/**
 * How long an idle keep-alive connection stays open during a drain. A request that a client sent just before
 * it learned of the drain arrives within this time and is answered; closing at once would cut it off.
 */
const IDLE_GRACE_MS = 250
const CHECK_MS = 50

export type Drain = {
  /**
   * Accepts no new connections, answers the requests under way, and closes each connection with its answer.
   * Resolves when no connection is left; those that are left after `timeoutMs` are cut.
   */
  drain(timeoutMs: number): Promise<void>
}

/**
 * Drains a server. To be created before the server listens, because it tracks all connections and responses.
 */
export const createDrain = (server: Server): Drain => {
  const underWay = new Set<ServerResponse>()
  // All connections: http forgets those that ask for an upgrade, and a refused one may still be half open.
  const connections = new Set<Socket>()
  let draining = false

  server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })

  // Before the handler, which may answer in the same turn of the event loop.
  server.prependListener('request', (_request, response) => {
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
    if (draining) response.setHeader('connection', 'close')
  })

  return {
    drain: async (timeoutMs) => {
      draining = true
      for (const response of underWay) if (!response.headersSent) response.setHeader('connection', 'close')
      // Not http's own close: it cuts idle connections at once, although requests may be on their way.
      const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
      let check: NodeJS.Timeout | undefined
      const grace = setTimeout(() => {
        check = setInterval(() => server.closeIdleConnections(), CHECK_MS)
      }, IDLE_GRACE_MS)
      const late = setTimeout(() => connections.forEach((socket) => socket.destroy()), timeoutMs)
      await closed
      for (const timer of [grace, check, late]) clearTimeout(timer)
      server.close() // ends http's own timer for slow clients
    },
  }
}
