import type { ServerOptions } from 'node:http'

/** How long a client may take to send, in milliseconds. */
export type SlowSenders = {
  readonly headersMs: number
  readonly requestMs: number
  /** How often it is looked for those who are late. */
  readonly checkMs: number
}

/** The headers within 10 s, the whole request within 60 s (2 MB at 35 kB/s). */
const defaults: SlowSenders = { headersMs: 10_000, requestMs: 60_000, checkMs: 2_000 }

/** Trap: Node looks for late senders every 30 s unless told, so its limits would hold half a minute later than they say. */
export const slowSenders = (limits: SlowSenders = defaults): ServerOptions => ({
  headersTimeout: limits.headersMs,
  requestTimeout: limits.requestMs,
  connectionsCheckingInterval: limits.checkMs,
})
