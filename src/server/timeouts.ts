import type { ServerOptions } from 'node:http'

/** How long the server waits for its clients, in milliseconds. */
export type Timeouts = {
  /** For the headers of a request. */
  readonly headersMs: number
  /** For a whole request. */
  readonly requestMs: number
  /** For a client to take something of an answer that waits for it; then its connection is cut. */
  readonly unreadMs: number
  /** For the next request on a connection: longer than a proxy in front keeps it, which would send one into its end. */
  readonly keepAliveMs: number
  /** Interval of the check for requests that are over either time. */
  readonly checkMs: number
  /** For the `connection_init` of a WebSocket; then it is closed with 4408. */
  readonly connectionInitMs: number
  /** Between two pings of a WebSocket; one that has not answered by the next is cut. */
  readonly pingMs: number
  /** In a drain, for a client of an SSE stream that does not read: its stream can't be ended, only cut. */
  readonly stalledMs: number
}

export const defaultTimeouts: Timeouts = {
  headersMs: 10_000, // clients send them at once; one that takes longer holds a connection on purpose
  requestMs: 60_000, // 2 MB at 35 kB/s
  unreadMs: 120_000, // an answer of megabytes is held as long; the slowest networks take a third of a buffer in it
  keepAliveMs: 72_000, // KEEP_ALIVE_TIMEOUT_MS; balancers keep one for 60 s
  checkMs: 2_000,
  connectionInitMs: 10_000, // GraphQL clients send it at once
  pingMs: 15_000, // a quarter of the time after which intermediaries usually drop a silent connection
  stalledMs: 3_000, // as long as a WebSocket gets to take its last messages and its close
}

/**
 * Trap: Node checks for slow senders every 30 s by default, so its limits would hold half a minute later than
 * they say.
 */
export const httpTimeouts = ({ headersMs, requestMs, keepAliveMs, checkMs }: Timeouts): ServerOptions => ({
  headersTimeout: headersMs,
  requestTimeout: requestMs,
  keepAliveTimeout: keepAliveMs,
  connectionsCheckingInterval: checkMs,
})
