import { Redis } from 'ioredis'
import { unfit, unreachable } from '../given.ts'
import { nodesIn } from './address.ts'
import { isFailedSelect, isRefusedDatabase, replyCode } from './errors.ts'

/** What a server says that does not let us in: no password, a wrong one, a user without rights. */
const refusals = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM', 'ERR'])
const TRY_MS = 5_000

/** What a command answers, or undefined where the user may not use it: who has few rights is let in all the same. */
const ifAllowed = async <T>(answer: Promise<T>): Promise<T | undefined> => {
  try {
    return await answer
  } catch (error) {
    if (replyCode(error) === 'NOPERM') return undefined
    throw error
  }
}

/**
 * Whether the server at a URL is a node of a cluster; undefined where its user may not know. Throws AppError
 * with advice unless it lets us in.
 */
const ask = async (url: string, setting: string): Promise<boolean | undefined> => {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: TRY_MS,
    commandTimeout: TRY_MS,
    maxRetriesPerRequest: 0,
  })
  let first: Error | undefined
  redis.on('error', (error: Error) => (first ??= error)) // `connect` rejects with "Connection is closed." alone
  try {
    await redis.connect()
    await ifAllowed(redis.ping())
    if (isFailedSelect(first)) throw first
    return (await ifAllowed(redis.info('cluster')))?.includes('cluster_enabled:1')
  } catch (error) {
    const cause = first ?? error
    if (isRefusedDatabase(cause)) {
      const advice = `refuses the database ${redis.options.db}. Name one that it has (0 to 15, unless its "databases" says more).`
      throw unfit('Redis', url, setting, advice, cause)
    }
    throw refusals.has(replyCode(cause) ?? '')
      ? unfit('Redis', url, setting, 'refuses its user or password. Correct the URL.', cause)
      : unreachable('Redis', url, setting, cause)
  } finally {
    redis.disconnect()
  }
}

/**
 * Throws AppError with advice unless the server of a URL answers, lets its user into its database and is what
 * the URL says: one Redis, or nodes of a cluster, of which one that answers is enough. `setting` is where the URL
 * came from.
 */
export const assertRedis = async (text: string, setting = 'REDIS_URL'): Promise<void> => {
  const urls = nodesIn(text)
  const answers = await Promise.allSettled(urls.map((url) => ask(url, setting)))
  const answer = answers.find(({ status }) => status === 'fulfilled') ?? answers[0]!
  if (answer.status === 'rejected') throw answer.reason
  const [isCluster, named] = [answer.value, urls.length > 1]
  if (isCluster === undefined || isCluster === named) return
  const advice = isCluster
    ? 'is a node of a cluster. Name two or more of its nodes, with commas between their URLs.'
    : 'is no node of a cluster. Name one Redis, or nodes of one cluster.'
  throw unfit('Redis', text, setting, advice, undefined)
}
