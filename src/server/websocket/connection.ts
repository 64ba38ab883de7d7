import type { IncomingMessage } from 'node:http'
import { CloseCode, type Server } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { anonymous, type Viewer } from '../../auth/viewer.ts'
import type { Rates } from '../../graphql/limits/rates.ts'
import { createTextFrames } from '../../graphql/plugins/shared-execution.text.ts'
import { SlowConsumerError } from '../../platform/bus/reader.ts'
import type { Logger } from '../../platform/logger.ts'
import { RateLimitedError } from '../../platform/redis/rate.ts'
import { addressOf } from '../request.ts'
import { answerPings, type Heartbeat } from './heartbeat.ts'
import { createInbox, type Inbox } from './inbox.ts'

/** One WebSocket, as the protocol's hooks know it. */
export type Connection = {
  /** The upgrade request. */
  readonly request: IncomingMessage
  readonly socket: WebSocket
  readonly frames: ReturnType<typeof createTextFrames>
  /** The address that its requests count for. */
  readonly address: string
  /** Ends the work on each operation, by its id. */
  readonly running: Map<string, AbortController>
  viewer: Viewer
  /** Forgets its credential, which is checked for as long as the socket is open. */
  forget: () => void
  /** Operations that the client waits for, by id. */
  operations: Readonly<Record<string, unknown>>
}

const PONG = JSON.stringify({ type: 'pong' })

/** Connects accepted sockets to the protocol. `connections` are those that are open. */
export const createConnections = (deps: {
  protocol: Server<Connection>
  heartbeat: Heartbeat
  rates: Pick<Rates, 'requests'>
  proxyHops: number
  /** True in a drain: what a client sends then is not begun, and it sends it again elsewhere. */
  isClosing: () => boolean
  log: Logger
}) => {
  const { protocol, heartbeat, rates, proxyHops, isClosing, log } = deps
  const connections = new Set<Connection>()

  const open = (socket: WebSocket, request: IncomingMessage): void => {
    const connection: Connection = {
      request,
      socket,
      viewer: anonymous,
      frames: createTextFrames(),
      forget: () => {},
      address: addressOf(request, proxyHops),
      running: new Map(),
      operations: {},
    }
    connections.add(connection)
    const noteLife = heartbeat.add(socket)
    let inbox: Inbox | undefined

    const fail = (error: unknown): void => {
      if (error instanceof SlowConsumerError) return socket.close(4290, error.cursor)
      if (error instanceof RateLimitedError) return socket.close(1013, 'Try again later')
      log.error({ err: error }, 'a WebSocket message could not be handled')
      socket.close(CloseCode.InternalServerError, 'Internal server error')
    }
    // Waiting for the socket is the back pressure: a slow reader falls behind in the shared window, not in a
    // queue here.
    const send = (data: string): Promise<void> =>
      new Promise((resolve) => {
        if (socket.readyState !== socket.OPEN) return resolve()
        socket.send(connection.frames.fill(data), (error) => {
          if (socket.isPaused) noteLife() // its pong is not read now, but it has taken something
          inbox?.sent()
          if (error) log.debug({ err: error }, 'a WebSocket client left before it was answered')
          resolve() // also then: its operations end with the socket
        })
      })
    /** Ends the work on operations that the client no longer waits for; graphql-ws only forgets them. */
    const endAbandoned = (): void => {
      for (const [id, ending] of connection.running) {
        if (id in connection.operations) continue
        ending.abort()
        connection.running.delete(id)
      }
    }
    /** Every ping and pong counts as a request: they are answered before the client has authenticated. */
    const count = async (): Promise<void> => void (await rates.requests?.take(['a', connection.address], 1))

    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send,
        close: (code, reason) => socket.close(code, reason),
        // Without the payload that the protocol allows: nobody gets to choose what this server keeps and
        // sends back.
        onPing: async () => {
          await count()
          await send(PONG)
        },
        onPong: count,
        onMessage: (handle) => {
          inbox = createInbox(socket, async (text) => {
            if (isClosing()) return
            const handled = handle(text).catch(fail)
            endAbandoned()
            await handled
            endAbandoned()
          })
          socket.on('message', inbox.receive)
        },
      },
      connection,
    )
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'))
    answerPings(socket)
    socket.on('ping', () => void count().catch(fail))
    socket.once('close', (code, reason) => {
      connection.forget()
      for (const ending of connection.running.values()) ending.abort()
      connections.delete(connection)
      void closed(code, String(reason)).catch(fail)
    })
  }

  return { connections: connections as ReadonlySet<Connection>, open }
}
