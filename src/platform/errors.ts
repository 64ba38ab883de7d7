/**
 * The closed list of error codes, with the HTTP status and the meaning of each. `docs/errors.md` says what to
 * do about them.
 */
export const errorCodes = {
  BAD_REQUEST: {
    status: 400,
    meaning:
      'The request is malformed: invalid JSON, a wrong argument, a cursor or id that this graph did not make, or no body.',
  },
  VALIDATION_FAILED: {
    status: 400,
    meaning: 'A value is not allowed. In a mutation it comes as `ValidationError`.',
  },
  QUERY_TOO_LARGE: { status: 400, meaning: 'The document is too long.' },
  QUERY_TOO_DEEP: { status: 400, meaning: 'Fields are nested too deeply.' },
  QUERY_TOO_COSTLY: {
    status: 400,
    meaning:
      "In the worst case the answer would hold too many objects, or cost more than the tenant's budget of a minute. Known before anything runs.",
  },
  TOO_MANY_ALIASES: { status: 400, meaning: 'The document has too many aliases.' },
  TOO_MANY_FIELDS: {
    status: 400,
    meaning: 'The document has too many fields, or the same field too often in one place.',
  },
  TOO_MANY_ROOT_FIELDS: { status: 400, meaning: 'The operation has too many root fields.' },
  TOO_MANY_DIRECTIVES: { status: 400, meaning: 'The document has too many directives.' },
  TOO_MANY_VARIABLES: { status: 400, meaning: 'The operation has too many variables.' },
  LITERAL_TOO_LARGE: {
    status: 400,
    meaning: 'A literal or the variables hold too many values, or nest too deeply.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    status: 400,
    meaning:
      'The request has the hash of a persisted query in place of a document. Clients that send hashes (Apollo, urql) then send the document.',
  },
  INTROSPECTION_DISABLED: {
    status: 400,
    meaning: '`__schema` or `__type` on a server with `INTROSPECTION=false`.',
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning:
      'The key or access token is missing, mistyped, unknown, expired or revoked; in a mutation (`CredentialsError`) the password, refresh token or ticket is. Which of these it was is not told.',
  },
  FORBIDDEN: {
    status: 403,
    meaning:
      'The key lacks the scope (`read`, `write`, `ingest` or `admin`), or the role of the signed-in user does not allow it, or the user acts in no tenant.',
  },
  FOREIGN_ORIGIN: { status: 403, meaning: 'A page of another site made a browser send this.' },
  NOT_FOUND: {
    status: 404,
    meaning:
      'The object does not exist, or it belongs to another tenant: the answer is the same. Also an unknown dataset or address.',
  },
  METHOD_NOT_ALLOWED: { status: 405, meaning: 'The address takes another HTTP method; `Allow` names it.' },
  CONFLICT: {
    status: 409,
    meaning:
      "The current state does not allow it: somebody was faster, a name is taken, or an incident can't take this step.",
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    meaning:
      'The body, or what it unpacks to, has too many bytes or items, or more rows than a minute may have.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: "The type, charset or encoding of the body can't be read.",
  },
  LIMIT_EXCEEDED: {
    status: 422,
    meaning:
      "More than one answer may hold is requested: too long a range, too many points, filter values or ids; or data from before its table's retention. Or there would be too many of something: projects, open invitations (`LimitError`), operations in one stream. Or the answer would have too many bytes, or a query take more memory than it may.",
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    meaning: 'The `Idempotency-Key` of a request to ingest was used before, for another body.',
  },
  RATE_LIMITED: {
    status: 429,
    meaning:
      'A budget of this minute is used up: cost or rows of the tenant, or requests of the address. Nothing was charged for the refused request. Also: too many attempts to sign in or up, too many people signing in at once, too many streams reserved and not opened.',
  },
  SLOW_CONSUMER: { status: 429, meaning: 'A subscriber fell too far behind and was disconnected.' },
  INTERNAL: { status: 500, meaning: 'An error in the server.' },
  LOG_UNAVAILABLE: {
    status: 503,
    meaning: "Ingest can't keep the rows now: its log is full, or Redis is away.",
  },
  PROVIDER_UNAVAILABLE: {
    status: 503,
    meaning:
      'The sign-in provider (GitHub, Google or another) is away, too slow, or refuses this program. The log says which.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    meaning: 'A store does not answer; the message says which. Never an empty list instead.',
  },
  SHUTTING_DOWN: { status: 503, meaning: 'The process is about to end.' },
  TIMED_OUT: {
    status: 504,
    meaning: 'It took longer than allowed: the whole operation, or one query to a store.',
  },
} as const

export type ErrorCode = keyof typeof errorCodes

export type AppErrorOptions = ErrorOptions & {
  retryAfterSeconds?: number
  details?: Readonly<Record<string, string>>
}

/**
 * A failure that may be shown to the caller: its message says what to do and names no host, path, SQL or
 * driver. Anything else that is thrown is masked as INTERNAL with a request id.
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
    return errorCodes[this.code].status
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

/**
 * For what is asked of a process that drains: another one, or the same one after its restart, will answer.
 */
export const shuttingDown = (): AppError =>
  new AppError('SHUTTING_DOWN', 'The program is stopping. Connect again in a few seconds.', {
    retryAfterSeconds: 5,
  })
