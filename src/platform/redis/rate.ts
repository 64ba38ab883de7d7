import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { RedisStore } from './client.ts'

/** A budget after something was taken from it. */
export type RateState = {
  readonly limit: number
  readonly remaining: number
  /** When the whole budget is there again. */
  readonly resetAt: Date
  /** The same in seconds from the moment of taking, at least 1: what the header RateLimit-Reset says. */
  readonly resetSeconds: number
}

/** RATE_LIMITED, with the budget that is used up. Nothing was taken from it. */
export class RateLimitedError extends AppError {
  readonly state: RateState

  constructor(what: string, state: RateState) {
    super('RATE_LIMITED', `At most ${state.limit} ${what}. Try again in ${state.resetSeconds} s.`, {
      retryAfterSeconds: state.resetSeconds,
    })
    this.state = state
  }
}

/** The owner of a budget: `['t', tenant]`, `['a', address]`. */
export type Owner = readonly [string, string]

/** What was taken from a budget. */
export type Taken = RateState & {
  /** Puts unused points back, and answers the budget with them. Does not wait for Redis. */
  refund(points: number): RateState
}

/** A budget of points in each window of a minute, one for each owner, shared by all processes through Redis. */
export type Rate = {
  /** Takes points. Throws RateLimitedError when that many are not left, another AppError when they never are; what Redis does never makes it throw. */
  take(owner: Owner, points: number): Promise<Taken>
}

const WINDOW_SECONDS = 60
// Redis may hang without closing its connection: then one command waits out its deadline, and not every one after it.
const LOCAL_MS = 5_000

/**
 * While Redis does not answer, this process counts alone: the limit then holds for each process, so nobody is refused
 * who would not be otherwise, and nobody goes unlimited. What was counted before in Redis is not known meanwhile.
 */
export const createRate = (deps: {
  readonly redis: Pick<RedisStore, 'commands' | 'key' | 'unit'>
  readonly log: Logger
  /** In keys and logs. */
  readonly name: string
  /** What a refusal counts: `points of cost a minute`. */
  readonly what: string
  readonly points: number
  /** The refusal of what a whole budget does not hold: it will not fit in the next minute either. */
  readonly neverFits?: (limit: number) => AppError
}): Rate => {
  const { redis, log, name, what, points: limit, neverFits } = deps
  const options = { keyPrefix: '', points: limit, duration: WINDOW_SECONDS }
  const shared = new RateLimiterRedis({
    ...options,
    storeClient: redis.commands,
    rejectIfRedisNotReady: true,
  })
  const local = new RateLimiterMemory(options)
  let localUntil = 0

  /** The limiter's answer, be it yes or no; the local one's when Redis has none. */
  const consume = async (key: string, points: number) => {
    const limiter = performance.now() < localUntil ? local : shared
    try {
      return { yes: true, answer: await limiter.consume(key, points), limiter }
    } catch (error) {
      if (error instanceof RateLimiterRes) return { yes: false, answer: error, limiter }
      if (limiter === local) throw error
      log.debug({ err: error, rate: name }, 'Redis does not answer; this process counts alone')
      localUntil = performance.now() + LOCAL_MS
      return consume(key, points)
    }
  }

  /** To the limiter that they were taken from: in the other one they would be a gift. */
  const reward = (limiter: typeof shared | typeof local, key: string, points: number): void => {
    limiter
      .reward(key, points)
      .catch((error: unknown) => log.debug({ err: error, rate: name }, 'points could not be given back'))
  }

  return {
    take: async (owner, points) => {
      if (points > limit && neverFits) throw neverFits(limit)
      const key = redis.key(redis.unit(...owner), 'rate', name)
      const { yes, answer, limiter } = await consume(key, points)
      const used = answer.consumedPoints - (yes ? 0 : points)
      const state: RateState = {
        limit,
        remaining: Math.min(limit, Math.max(0, limit - used)),
        resetAt: new Date(Date.now() + answer.msBeforeNext),
        resetSeconds: Math.max(1, Math.ceil(answer.msBeforeNext / 1_000)),
      }
      if (!yes) {
        reward(limiter, key, points) // else a large request that was refused would use up what smaller ones still may have
        throw new RateLimitedError(what, state)
      }
      const refund = (unused: number): RateState => {
        // In the next window it would be a gift.
        if (unused <= 0 || Date.now() >= state.resetAt.getTime()) return state
        reward(limiter, key, unused)
        return { ...state, remaining: Math.min(limit, state.remaining + unused) }
      }
      return { ...state, refund }
    },
  }
}
