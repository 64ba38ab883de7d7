import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { RedisStore } from './client.ts'

/** The state of a budget after something was taken from it. */
export type RateState = {
  readonly limit: number
  readonly remaining: number
  /** When the budget is full again. */
  readonly resetAt: Date
  /** Seconds until `resetAt`, from the moment of taking, at least 1: the header RateLimit-Reset. */
  readonly resetSeconds: number
}

/** RATE_LIMITED, with the state of the budget. Nothing was taken from it. */
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

/**
 * A budget of points in each window of a minute, one for each owner, shared by all processes through Redis.
 */
export type Rate = {
  /**
   * Takes points. Throws RateLimitedError when fewer are left, and the error of `neverFits`; a failing Redis
   * never makes it throw.
   */
  take(owner: Owner, points: number): Promise<Taken>
}

const WINDOW_SECONDS = 60
// Redis may hang without closing its connection: then one command waits for its timeout, and not every one
// after it. That is why the library's `insuranceLimiter` does not serve here: it would try Redis first each
// time.
const LOCAL_MS = 5_000

/**
 * While Redis does not answer, this process counts alone, from zero: the limit then holds for each process,
 * so that nobody is refused because of the outage and nobody is unlimited.
 */
export const createRate = (deps: {
  readonly redis: Pick<RedisStore, 'commands' | 'key' | 'unit'>
  readonly log: Logger
  /** Its name in keys and logs. */
  readonly name: string
  /** What is counted, for the message of a refusal: `points of cost a minute`. */
  readonly what: string
  readonly points: number
  /** The refusal of more than a whole budget: it will not fit in the next minute either. */
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

  /** The answer of the shared limiter, or of the local one when Redis does not answer. */
  const consume = async (key: string, points: number) => {
    const limiter = performance.now() < localUntil ? local : shared
    try {
      return { allowed: true, answer: await limiter.consume(key, points), limiter }
    } catch (error) {
      if (error instanceof RateLimiterRes) return { allowed: false, answer: error, limiter }
      if (limiter === local) throw error
      log.debug({ err: error, rate: name }, 'Redis does not answer; this process counts alone')
      localUntil = performance.now() + LOCAL_MS
      return consume(key, points)
    }
  }

  /** Returns points to the limiter that they were taken from: in the other one they would be extra. */
  const reward = (limiter: typeof shared | typeof local, key: string, points: number): void => {
    limiter
      .reward(key, points)
      .catch((error: unknown) => log.debug({ err: error, rate: name }, 'points could not be returned'))
  }

  return {
    take: async (owner, points) => {
      if (points > limit && neverFits) throw neverFits(limit)
      const key = redis.key(redis.unit(...owner), 'rate', name)
      const { allowed, answer, limiter } = await consume(key, points)
      const used = answer.consumedPoints - (allowed ? 0 : points)
      const state: RateState = {
        limit,
        remaining: Math.min(limit, Math.max(0, limit - used)),
        resetAt: new Date(Date.now() + answer.msBeforeNext),
        resetSeconds: Math.max(1, Math.ceil(answer.msBeforeNext / 1_000)),
      }
      if (!allowed) {
        // Otherwise a large request that is refused would use up what smaller ones may take.
        reward(limiter, key, points)
        throw new RateLimitedError(what, state)
      }
      const refund = (unused: number): RateState => {
        // In the next window they would be extra.
        if (unused <= 0 || Date.now() >= state.resetAt.getTime()) return state
        reward(limiter, key, unused)
        return { ...state, remaining: Math.min(limit, state.remaining + unused) }
      }
      return { ...state, refund }
    },
  }
}
