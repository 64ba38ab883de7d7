import type { Redis } from 'ioredis'
import type { Watched } from '../watch.ts'

/**
 * One connection to be watched, whatever it is for: a ping is answered in subscriber mode too, and behind a
 * read that blocks when that is over. Redis answers at once or not at all, so silence is enough to drop it;
 * ioredis then fails what waited, and connects again.
 */
export const lifeOf = (redis: Redis): Watched => {
  let connection = 0
  let pinging = false
  const over = (): void => {
    pinging = false
  }
  redis.on('connect', () => {
    connection += 1
    pinging = false
  })
  return {
    ask: () => {
      if (redis.status !== 'ready' || pinging) return
      pinging = true
      // One that failed says nothing: whether the connection lives is told by what came over it.
      redis.ping().then(over, over)
    },
    // Between `connect` and `ready` is the handshake, which has no timeout of its own.
    sign: () =>
      redis.status === 'connect' || redis.status === 'ready'
        ? `${connection} ${redis.stream.bytesRead}`
        : undefined,
    drop: (error) => void redis.stream.destroy(error),
  }
}
