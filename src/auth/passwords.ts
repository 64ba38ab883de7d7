import { hash as argonHash, parseOptions, verify as argonVerify } from '@node-rs/argon2'
import { randomBytes } from 'node:crypto'
import { AppError } from '../platform/errors.ts'

/** OWASP's floor for argon2id: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
// Each hash takes a thread and 19 MiB for some 30 ms. Two at once leave threads for the embedded ClickHouse.
const AT_ONCE = 2
// At 30 ms each, two at once, the last of these waits a second; whoever comes after it is told to come again.
const WAITING = 64

export type PasswordParameters = { memoryCost: number; timeCost: number; parallelism: number }

export type Passwords = {
  hash(password: string): Promise<string>
  /**
   * Whether the password is the one of that hash, and whether it should be hashed again because the
   * parameters have risen. Without a hash (no such account, an account without password) it does the same
   * work and says no.
   */
  verify(hash: string | null | undefined, password: string): Promise<{ right: boolean; outdated: boolean }>
}

/** The same letters typed on two systems can be different code points (NIST SP 800-63B, 5.1.1.2). */
const normalized = (password: string): string => password.normalize('NFKC')

/** Hashes and checks passwords, a bounded number at once. Throws RATE_LIMITED when too many wait. */
export const createPasswords = (
  options: {
    parameters?: PasswordParameters
    /** Called before each run of argon2 with what it costs, and after it; for tests that count the work. */
    onWork?: (cost: PasswordParameters) => void
    onDone?: () => void
  } = {},
): Passwords => {
  const { parameters = PARAMETERS, onWork, onDone } = options
  const waiting: (() => void)[] = []
  let running = 0

  const bounded = async <T>(cost: PasswordParameters, work: () => Promise<T>): Promise<T> => {
    if (running >= AT_ONCE) {
      if (waiting.length >= WAITING)
        throw new AppError('RATE_LIMITED', 'Too many people sign in at once. Try again in a few seconds.', {
          retryAfterSeconds: 3,
        })
      // Whoever ends hands its place on, so `running` does not change.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      onWork?.(cost)
      return await work()
    } finally {
      onDone?.()
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }

  const nobody = argonHash(randomBytes(16).toString('hex'), parameters)
  nobody.catch(() => undefined) // it is awaited, and its failure seen, by whoever needs it

  const isOutdated = ({ memoryCost, timeCost }: PasswordParameters): boolean =>
    memoryCost < parameters.memoryCost || timeCost < parameters.timeCost

  return {
    hash: (password) => bounded(parameters, () => argonHash(normalized(password), parameters)),
    verify: async (hash, password) => {
      const against = hash ?? (await nobody)
      const { memoryCost, timeCost, parallelism } = parseOptions(against)
      const cost = { memoryCost, timeCost, parallelism }
      const right = await bounded(cost, () => argonVerify(against, normalized(password)))
      return hash == null ? { right: false, outdated: false } : { right, outdated: right && isOutdated(cost) }
    },
  }
}
