import type { RedisStore } from '../../platform/redis/client.ts'
import { createThrottling } from '../../platform/redis/throttle.ts'
import type { AccountThrottles } from './account.service.ts'
import type { SessionThrottles } from './session.service.ts'
import type { StreamKeyThrottles } from '../streaming/stream-key.service.ts'

const QUARTER_MS = 15 * 60_000

/**
 * How often one may try. An address is a network (/24, /48), so its bounds leave room for an office behind
 * one. That of an account from one address leaves a guesser some 2,000 tries a day there, and whoever forgot
 * a password a quarter of an hour to wait. That of an account from anywhere has to keep its owner out too,
 * since a right password is known as such only after it: so it takes five networks to reach it, and leaves
 * those who have many some 10,000 tries a day.
 */
export const createThrottles = (
  redis: RedisStore,
): AccountThrottles & SessionThrottles & StreamKeyThrottles => {
  const throttle = createThrottling(redis)
  return {
    signUps: throttle({ name: 'sign-up', limit: 60, windowMs: QUARTER_MS }),
    addresses: throttle({ name: 'address', limit: 300, windowMs: QUARTER_MS }),
    accountsByAddress: throttle({ name: 'account-address', limit: 20, windowMs: QUARTER_MS }),
    accounts: throttle({ name: 'account', limit: 100, windowMs: QUARTER_MS }),
    guesses: throttle({ name: 'guess', limit: 20, windowMs: QUARTER_MS }),
    // Strangers make a media server ask, so its bound is wide, or they would keep the encoders of its tenant out.
    streamKeys: throttle({ name: 'stream-key', limit: 1_000, windowMs: 60_000 }),
  }
}
