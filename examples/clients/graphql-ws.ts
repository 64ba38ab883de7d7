import { createClient, type Client, type ClientOptions } from 'graphql-ws'
import { patience, resume } from './resume.ts'

/** The credential is wrong: with the same one it stays so. */
const FORBIDDEN = 4403

/**
 * A client of graphql-ws whose subscriptions by `subscribe` go on after a break where they were. A WebSocket
 * doesn't tell a wrong address from a server that is away: `options.on` hears each try.
 */
export const createResumingClient = (options: ClientOptions): Client => {
  const client = createClient({
    retryAttempts: Infinity,
    retryWait: patience,
    // By default it gives up when there is nobody to connect to, which is so in the middle of a restart.
    shouldRetry: (error) => (error as { code?: unknown } | null)?.code !== FORBIDDEN,
    ...options,
  })
  return { ...client, subscribe: (request, sink) => resume(request, sink, client.subscribe) }
}
