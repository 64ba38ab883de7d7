import type { Redis } from 'ioredis'

/** Ends the wait of a connection's blocking command, which answers as if its time were over. */
export type EndWait = (commands: Redis) => Promise<void>

/**
 * Learns by which number the server knows the connection, anew for each that takes its place: behind a command
 * that waits, the connection itself can say nothing.
 */
export const waitOf = (redis: Redis): EndWait => {
  let id: number | undefined
  const learn = (): void =>
    void redis.client('ID').then(
      (own) => (id = own),
      () => undefined, // away: asked again when it is back
    )
  redis.on('ready', learn)
  redis.on('close', () => (id = undefined))
  learn()
  return async (commands) => {
    if (id !== undefined) await commands.client('UNBLOCK', id)
  }
}
