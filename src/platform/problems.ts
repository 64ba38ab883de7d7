import { AppError, type ErrorCode } from './errors.ts'

/**
 * An expected failure of a write: part of a mutation's result, not of its `errors`. Services throw these, and
 * the graph shows them as members of the result union.
 */
export abstract class Problem extends AppError {
  /** The input field that is at fault, outermost first; empty when it is the whole of the input. */
  readonly inputPath: readonly string[]

  constructor(code: ErrorCode, message: string, inputPath: readonly string[]) {
    super(code, message)
    this.inputPath = inputPath
  }
}

/** What is wrong with one field of an input. */
export type FieldError = { readonly path: readonly string[]; readonly message: string }

/** Values of the input that are not allowed: all of them, not the first. */
export class ValidationError extends Problem {
  readonly errors: readonly FieldError[]

  constructor(message: string, inputPath: readonly string[] = [], errors?: readonly FieldError[]) {
    super('VALIDATION_FAILED', message, inputPath)
    this.errors = errors ?? [{ path: inputPath, message }]
  }
}

/** There is no such thing, or it is another tenant's: the answer is the same. */
export class NotFoundError extends Problem {
  constructor(message: string, inputPath: readonly string[] = []) {
    super('NOT_FOUND', message, inputPath)
  }
}

/** The state of things does not allow it. */
export class ConflictError extends Problem {
  constructor(message: string, inputPath: readonly string[] = []) {
    super('CONFLICT', message, inputPath)
  }
}

/** The credential is good, but may not do that: a key lacks the scope, a person the role. */
export class ForbiddenError extends Problem {
  constructor(message: string, inputPath: readonly string[] = []) {
    super('FORBIDDEN', message, inputPath)
  }
}

/** A limit of the tenant would be exceeded. */
export class LimitError extends Problem {
  constructor(message: string, inputPath: readonly string[] = []) {
    super('LIMIT_EXCEEDED', message, inputPath)
  }
}

/** What was sent to prove who somebody is does not prove it. It does not say why. */
export class CredentialsError extends Problem {
  constructor(message: string, inputPath: readonly string[] = []) {
    super('UNAUTHENTICATED', message, inputPath)
  }
}

/** Too many attempts to prove who somebody is. In the graph it is called `RateLimitedError`. */
export class TooManyAttempts extends Problem {
  /** Seconds after which trying again makes sense. */
  readonly waitSeconds: number

  constructor(waitSeconds: number) {
    super('RATE_LIMITED', `Too many attempts. Try again in ${waitSeconds} seconds.`, [])
    this.waitSeconds = waitSeconds
  }
}

/**
 * A bound that was met below the services, as the problem that it is to the caller; anything else as it is.
 */
export const asProblem = (error: unknown): unknown =>
  error instanceof AppError && error.code === 'RATE_LIMITED' && !(error instanceof Problem)
    ? new TooManyAttempts(error.retryAfterSeconds ?? 1)
    : error
