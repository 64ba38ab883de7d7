import { AppError } from '../../platform/errors.ts'
import { Problem } from '../../platform/problems.ts'

/** What was brought to prove who somebody is proves it not. It does not say why. */
export class CredentialsError extends Problem {
  constructor(message: string, inputPath: readonly string[] = []) {
    super('UNAUTHENTICATED', message, inputPath)
  }
}

/** Too many attempts. */
export class RateLimitedError extends Problem {
  /** Seconds after which trying again makes sense. */
  readonly waitSeconds: number

  constructor(waitSeconds: number) {
    super('RATE_LIMITED', `Too many attempts. Try again in ${waitSeconds} seconds.`, [])
    this.waitSeconds = waitSeconds
  }
}

/** A bound that was met below the services, as the problem that it is to the caller; anything else as it is. */
export const asProblem = (error: unknown): unknown =>
  error instanceof AppError && error.code === 'RATE_LIMITED' && !(error instanceof Problem)
    ? new RateLimitedError(error.retryAfterSeconds ?? 1)
    : error
