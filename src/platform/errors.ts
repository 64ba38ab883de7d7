/** The closed list of error codes, with the HTTP status each one has. `docs/errors.md` says what to do about each. */
export const errorStatus = {
  BAD_REQUEST: 400,
  VALIDATION_FAILED: 400,
  QUERY_TOO_LARGE: 400,
  QUERY_TOO_DEEP: 400,
  QUERY_TOO_COSTLY: 400,
  TOO_MANY_ALIASES: 400,
  TOO_MANY_FIELDS: 400,
  TOO_MANY_ROOT_FIELDS: 400,
  TOO_MANY_DIRECTIVES: 400,
  TOO_MANY_VARIABLES: 400,
  LITERAL_TOO_LARGE: 400,
  INTROSPECTION_DISABLED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  FOREIGN_ORIGIN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  LIMIT_EXCEEDED: 422,
  RATE_LIMITED: 429,
  SLOW_CONSUMER: 429,
  INTERNAL: 500,
  LOG_UNAVAILABLE: 503,
  PROVIDER_UNAVAILABLE: 503,
  STORE_UNAVAILABLE: 503,
  SHUTTING_DOWN: 503,
  TIMED_OUT: 504,
} as const

export type ErrorCode = keyof typeof errorStatus

export type AppErrorOptions = ErrorOptions & {
  retryAfterSeconds?: number
  details?: Readonly<Record<string, string>>
}

/**
 * A failure that may be shown to the caller: its message says what to do and names no host, path, SQL or driver.
 * Anything else that is thrown is masked as INTERNAL with a request id.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  /** Seconds after which trying again makes sense; sent as `Retry-After`. */
  readonly retryAfterSeconds: number | undefined
  /** Further facts for a program, shown beside the code. */
  readonly details: Readonly<Record<string, string>>

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
    this.details = options.details ?? {}
  }

  get status(): number {
    return errorStatus[this.code]
  }
}

/** The advice for a store that does not answer. The cause is kept for the log and never shown. */
export const storeUnavailable = (store: 'Postgres' | 'ClickHouse' | 'Redis', cause: unknown): AppError =>
  new AppError(
    'STORE_UNAVAILABLE',
    `${store} does not answer. Try again in a few seconds; /health/ready tells when it is back.`,
    {
      cause,
      retryAfterSeconds: 5,
    },
  )

/** For what is asked of a process that drains: another one, or the same one after its restart, will answer. */
export const shuttingDown = (): AppError =>
  new AppError('SHUTTING_DOWN', 'The program is stopping. Connect again in a few seconds.', {
    retryAfterSeconds: 5,
  })
