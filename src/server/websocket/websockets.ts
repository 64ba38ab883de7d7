import type { Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Authenticate } from '../../auth/authenticate.ts'
import type { Yoga } from '../../graphql/context.ts'
import type { CostControl } from '../../graphql/limits/charge.ts'
import type { Rates } from '../../graphql/limits/rates.ts'
import type { Logger } from '../../platform/logger.ts'
import type { OpenSessions } from '../open-sessions.ts'
import type { OriginPolicy } from '../origins.ts'
import type { Timeouts } from '../timeouts.ts'
import { createConnections } from './connection.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createPrepareOperation } from './operation.ts'
import { createProtocol } from './protocol.ts'
import { acceptUpgrades } from './upgrade.ts'

export type WebSockets = {
  /** Waits until the live operations are complete, then closes every socket with 1001; takes 3 s at most. */
  close(): Promise<void>
}

// Completing an operation takes a few turns of the event loop; a socket that takes longer does not read.
const COMPLETE_MS = 1_000
// A client answers a close frame at once; one that has vanished never does.
const CLOSE_MS = 2_000

/** Serves graphql-transport-ws on an upgrade of `/graphql`. */
export const createWebSockets = (deps: {
  http: Server
  yoga: Yoga
  authenticate: Authenticate
  sessions: OpenSessions
  /** Largest message that a client may send. */
  maxPayloadBytes: number
  costControl: CostControl
  originPolicy: OriginPolicy
  rates: Pick<Rates, 'requests'>
  proxyHops: number
  timeouts: Pick<Timeouts, 'connectionInitMs' | 'pingMs'>
  log: Logger
}): WebSockets => {
  let closing = false
  const heartbeat = createHeartbeat(deps.timeouts.pingMs)
  const protocol = createProtocol({
    ...deps,
    prepare: createPrepareOperation(deps),
    connectionInitMs: deps.timeouts.connectionInitMs,
  })
  const { connections, open } = createConnections({ ...deps, protocol, heartbeat })
  const sockets = acceptUpgrades({ ...deps, isClosing: () => closing, onSocket: open })

  const isBusy = (): boolean => [...connections].some(({ operations }) => Object.keys(operations).length > 0)

  return {
    close: async () => {
      closing = true
      heartbeat.stop()
      const deadline = performance.now() + COMPLETE_MS
      while (isBusy() && performance.now() < deadline) await pause(5)
      const all = [...sockets.clients]
      const closed = all.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
      for (const socket of all) socket.close(1001, 'Going away')
      const late = setTimeout(() => all.forEach((socket) => socket.terminate()), CLOSE_MS)
      await Promise.all(closed)
      clearTimeout(late)
    },
  }
}
