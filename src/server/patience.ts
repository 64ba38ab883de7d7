import type { ServerOptions } from 'node:http'

/** How long the server waits for its clients, in milliseconds. */
export type Patience = {
  /** For the headers of a request. */
  readonly headersMs: number
  /** For a whole request. */
  readonly requestMs: number
  /** How often it is looked for those who are late with either. */
  readonly checkMs: number
  /** For the `connection_init` of a WebSocket; then it is closed with 4408. */
  readonly connectionInitMs: number
  /** Between two pings of a WebSocket; one that has not answered by the next is cut. */
  readonly pingMs: number
  /** In a drain, for a client of an SSE stream that does not read: its stream can't be ended, only cut. */
  readonly stalledMs: number
}

export const patience: Patience = {
  headersMs: 10_000, // browsers and programs send them at once; whoever takes longer holds a connection on purpose
  requestMs: 60_000, // 2 MB at 35 kB/s
  checkMs: 2_000,
  connectionInitMs: 10_000, // a client that has said hello nothing after this long is none of ours
  pingMs: 15_000, // as long as intermediaries usually wait before they drop a silent connection, halved twice
  stalledMs: 3_000, // as long as a WebSocket gets to take its last messages and its close
}

/** Trap: Node looks for late senders every 30 s unless told, so its limits would hold half a minute later than they say. */
export const slowSenders = ({ headersMs, requestMs, checkMs }: Patience): ServerOptions => ({
  headersTimeout: headersMs,
  requestTimeout: requestMs,
  connectionsCheckingInterval: checkMs,
})
