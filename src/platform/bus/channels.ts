import { RedisPubSub } from 'graphql-redis-subscriptions'
import type { Redis } from 'ioredis'
import type { Logger } from '../logger.ts'
import type { Subscriber } from '../redis/subscriber.ts'

/** Wake-ups: messages of Redis pub/sub, one Redis subscription a channel however many listen. */
export type Channels = {
  /**
   * Resolves when Redis has the subscription, or, while Redis is away, at once: after every (re)connection
   * all channels are subscribed again and the `onReconnect` listeners are told, who then read what they
   * missed. The result ends it; calling that twice is harmless.
   */
  listen(channel: string, onMessage: (text: string) => void): Promise<() => void>
  /** Called after a reconnection, when all channels are subscribed again. The result removes it. */
  onReconnect(listener: () => void): () => void
  close(): void
}

/** One SUBSCRIBE for thousands of channels would be one huge reply. */
const batch = 500

/**
 * graphql-redis-subscriptions counts the listeners of a channel and dispatches. Its iterator is not used: it
 * has no bound and loses what was published during a reconnect. It leaves the promise of UNSUBSCRIBE
 * unhandled, and forgets nothing of a SUBSCRIBE that failed, so it gets a port that never rejects: what is
 * wanted is remembered here, and subscribed when the connection is there.
 */
export const createChannels = ({ redis, log }: { redis: Subscriber; log: Logger }): Channels => {
  const wanted = new Set<string>()
  const reconnected = new Set<() => void>()
  let generation = 0

  // A subscription that failed on a live connection is repaired the same way as a lost connection: by a new
  // one.
  const reset = (error: unknown): void => {
    log.debug({ err: error }, 'the subscriber connection failed and is opened again')
    if (redis.status === 'ready') redis.disconnect(true)
  }
  const subscribeAll = async (): Promise<void> => {
    const mine = ++generation
    const channels = [...wanted]
    try {
      for (let from = 0; from < channels.length; from += batch)
        await redis.subscribe(...channels.slice(from, from + batch))
    } catch (error) {
      return reset(error)
    }
    // Channels that were given up meanwhile have sent their UNSUBSCRIBE before this SUBSCRIBE.
    const stale = channels.filter((channel) => !wanted.has(channel))
    if (stale.length > 0) redis.unsubscribe(...stale).catch(reset)
    if (mine === generation) for (const listener of reconnected) listener()
  }
  const onReady = (): void => void subscribeAll()
  redis.on('ready', onReady)

  const port = {
    on: (event: string, listener: (...args: string[]) => void) => void redis.on(event, listener),
    subscribe: (channel: string, callback: (error: null) => void) => {
      wanted.add(channel)
      if (redis.status !== 'ready') return callback(null)
      redis
        .subscribe(channel)
        .catch(reset)
        .finally(() => callback(null))
    },
    unsubscribe: (channel: string) => {
      wanted.delete(channel)
      if (redis.status === 'ready') redis.unsubscribe(channel).catch(reset)
    },
    punsubscribe: () => undefined, // patterns are not used
  }
  const pubsub = new RedisPubSub({
    subscriber: port as unknown as Redis,
    publisher: port as unknown as Redis,
    deserializer: (source) => source.toString(),
  })

  return {
    listen: async (channel, onMessage) => {
      const id = await pubsub.subscribe(channel, (text: string) => {
        try {
          onMessage(text)
        } catch (error) {
          log.error({ err: error, channel }, 'a message could not be handled')
        }
      })
      let listening = true
      return () => {
        if (listening) pubsub.unsubscribe(id)
        listening = false
      }
    },
    onReconnect: (listener) => {
      reconnected.add(listener)
      return () => void reconnected.delete(listener)
    },
    close: () => void redis.off('ready', onReady),
  }
}
