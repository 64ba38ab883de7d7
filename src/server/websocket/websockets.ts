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
import { createConnections, type Connection } from './connection.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createPrepareOperation } from './operation.ts'
import { createProtocol } from './protocol.ts'
import { acceptUpgrades } from './upgrade.ts'

export type WebSockets = {
  /**
   * Closes every socket with 1001 as soon as its queries and mutations are answered; those that take longer
   * than `timeoutMs` are cut off. Live operations are not completed: a client takes a completed one for
   * finished, and one that was cut off it begins again.
   */
  close(timeoutMs: number): Promise<void>
}

// An answer that waits for so long has a client that does not read.
const STALLED_MS = 1_000
// A client answers a close frame at once; one that has vanished never does.
const CLOSE_MS = 2_000

/** graphql-ws has the stream of a live operation, and null for any other and for one that begins. */
const isAnswering = ({ operations }: Connection): boolean =>
  Object.values(operations).some((stream) => stream === null)

/** Closes a socket when it has its answers. */
const leave = async (connection: Connection, timeoutMs: number): Promise<void> => {
  const { socket } = connection
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const startedAt = performance.now()
  const isLate = (): boolean => {
    const waitedMs = performance.now() - startedAt
    return waitedMs > timeoutMs || (waitedMs > STALLED_MS && socket.bufferedAmount > 0)
  }
  while (isAnswering(connection) && !isLate()) await pause(5)
  socket.close(1001, 'Going away')
  const late = setTimeout(() => socket.terminate(), CLOSE_MS)
  if (socket.readyState !== socket.CLOSED) await closed
  clearTimeout(late)
}

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
  const isClosing = (): boolean => closing
  const { connections, open } = createConnections({ ...deps, protocol, heartbeat, isClosing })
  acceptUpgrades({ ...deps, isClosing, onSocket: open })

  return {
    close: async (timeoutMs) => {
      closing = true
      heartbeat.stop()
      await Promise.all([...connections].map((connection) => leave(connection, timeoutMs)))
    },
  }
}
