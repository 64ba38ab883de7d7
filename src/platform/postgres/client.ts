import { Client, type ClientConfig } from 'pg'

/**
 * A connection outside of the pool. One that is lost between two queries is told by the next: without a listener
 * it would end the process. Silence is asked about, since a connection that only holds a lock says nothing.
 */
export const ownClient = (config: ClientConfig): Client => {
  const client = new Client({
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...config,
  })
  client.on('error', () => undefined)
  return client
}
