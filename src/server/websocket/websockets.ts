import type { Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws'
import type { Authenticate } from '../../auth/authenticate.ts'
import type { KnownLive, Yoga } from '../../graphql/context.ts'
import type { CostControl } from '../../graphql/limits/charge.ts'
import type { Rates } from '../../graphql/limits/rates.ts'
import type { Logger } from '../../platform/logger.ts'
import type { OpenSessions } from '../open-sessions.ts'
import type { OriginPolicy } from '../origins.ts'
import type { Timeouts } from '../timeouts.ts'
import { createConnect } from './connect.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createPrepareOperation } from './operation.ts'
import { Session, type SessionDeps } from './session.ts'
import { createTurnstile } from '../../platform/turnstile.ts'
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
// Milliseconds of each turn of the event loop in which connections are closed that their clients have left.
const LEAVE_MS = 1
// A client answers a close frame at once; one that has vanished never does.
const CLOSE_MS = 2_000

/** Closes a socket when it has its answers. */
const leave = async (session: Session, timeoutMs: number): Promise<void> => {
  const { socket, outbox } = session
  const startedAt = performance.now()
  const isLate = (): boolean => {
    const waitedMs = performance.now() - startedAt
    return waitedMs > timeoutMs || (waitedMs > STALLED_MS && outbox.unsent > 0)
  }
  while (session.isAnswering() && !isLate()) await pause(5)
  session.close(1001, 'Going away')
  const late = setTimeout(() => socket.terminate(), CLOSE_MS)
  await socket.whenClosed()
  clearTimeout(late)
}

/** Serves graphql-transport-ws on an upgrade of `/graphql`. */
export const createWebSockets = (deps: {
  http: Server
  yoga: Yoga
  knownLive: KnownLive
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
  const sessions = new Set<Session>()
  const heartbeat = createHeartbeat(deps.timeouts.pingMs)
  const turnstile = createTurnstile()
  const leaving = createTurnstile(LEAVE_MS)
  const shared: SessionDeps = {
    connect: createConnect(deps),
    prepare: createPrepareOperation(deps),
    rates: deps.rates,
    turnstile,
    leaving,
    isClosing: () => closing,
    onClosed: (session) => {
      sessions.delete(session)
      heartbeat.remove(session)
    },
    log: deps.log,
  }
  acceptUpgrades({
    ...deps,
    turnstile,
    isClosing: shared.isClosing,
    onSocket: (socket, origin, head) => {
      const session = new Session(socket, origin, shared)
      sessions.add(session)
      heartbeat.add(session)
      if (socket.protocol === GRAPHQL_TRANSPORT_WS_PROTOCOL) session.awaitInit(deps.timeouts.connectionInitMs)
      else session.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable')
      socket.open(session, head)
    },
  })

  return {
    close: async (timeoutMs) => {
      closing = true
      heartbeat.stop()
      await Promise.all([...sessions].map((session) => leave(session, timeoutMs)))
    },
  }
}
