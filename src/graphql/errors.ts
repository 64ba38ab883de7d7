import { GraphQLError, Kind, type ASTNode, type GraphQLErrorOptions } from 'graphql'
import { AppError, errorCodes, type ErrorCode } from '../platform/errors.ts'
import type { Logger } from '../platform/logger.ts'
import { postgresError } from '../platform/postgres/errors.ts'

/** The codes of `platform/errors.ts`, and those of GraphQL itself. */
const known = new Set([...Object.keys(errorCodes), 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'])

/** Yoga's own errors have their own codes or none, but always a status. */
const codeOf = ({ extensions: { code, http } }: GraphQLError): string => {
  if (typeof code === 'string' && known.has(code) && code !== 'BAD_REQUEST') return code
  const status = http?.status
  return Object.entries(errorCodes).find(([, each]) => each.status === status)?.[0] ?? 'BAD_REQUEST'
}

/** Whether a request names its document by a hash (`extensions.persistedQuery`) and does not bring it. */
export const isHashOnly = (params: unknown): boolean => {
  const { query, extensions } = (params ?? {}) as {
    query?: unknown
    extensions?: { persistedQuery?: unknown }
  }
  return (query === undefined || query === null || query === '') && extensions?.persistedQuery !== undefined
}

/** Clients know it by this message, and send the document then. */
export const persistedQueryNotSupported = (): AppError =>
  new AppError('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported')

/** The error that a client may see for something thrown; undefined when it must be masked. */
export const expectedError = (thrown: unknown): AppError | undefined =>
  thrown instanceof AppError ? thrown : postgresError(thrown)

/** The place of an error in the document. */
export const placeOf = ({ nodes, source, positions, path }: GraphQLError): GraphQLErrorOptions => ({
  ...(nodes && { nodes }),
  ...(source && { source }),
  ...(positions && { positions }),
  ...(path && { path }),
})

/** A refusal of something that stands in the document: the client is told where. */
export const refusedAt = (node: ASTNode, error: AppError): GraphQLError =>
  new GraphQLError(error.message, { nodes: node, originalError: error })

/** What an operation is refused with, and the place if it has one. Throws what is no refusal. */
export const refusalOf = (thrown: unknown): { error: AppError; place: GraphQLErrorOptions } => {
  if (thrown instanceof AppError) return { error: thrown, place: {} }
  if (!(thrown instanceof GraphQLError)) throw thrown
  const { originalError, message } = thrown
  if (originalError instanceof AppError) return { error: originalError, place: placeOf(thrown) }
  if (originalError) throw thrown
  return { error: new AppError('BAD_REQUEST', message), place: placeOf(thrown) }
}

const retryOf = ({ extensions: { retryAfterSeconds } }: GraphQLError) =>
  retryAfterSeconds === undefined ? {} : { retryAfterSeconds }

/**
 * The error of a refused request for a transport without HTTP statuses: the status in Yoga's errors becomes
 * the code.
 */
export const forWire =
  (requestId: string) =>
  (error: GraphQLError): GraphQLError => {
    return new GraphQLError(error.message, {
      ...placeOf(error),
      extensions: { code: codeOf(error), requestId, ...retryOf(error) },
    })
  }

/**
 * The error of a request without data, with the status of its code for Yoga. As application/json it is sent
 * with 200 anyway.
 */
export const withStatus = (error: GraphQLError): GraphQLError => {
  const { code, http } = error.extensions
  if (http !== undefined) return error
  const status = errorCodes[code as ErrorCode]?.status ?? 400
  return new GraphQLError(error.message, {
    ...placeOf(error),
    extensions: { ...error.extensions, http: { status, spec: true } },
  })
}

/**
 * Whether graphql could not serialize what a field resolved to: a stored number that is no Int, a text that
 * is no value of its enum. It throws a plain error for that, without a place or with that of the field; one
 * about an argument has the place of its value.
 */
const isWrongResult = ({ path, originalError: cause }: GraphQLError): boolean =>
  path !== undefined &&
  cause instanceof GraphQLError &&
  cause.constructor === GraphQLError &&
  cause.extensions.code === undefined &&
  (cause.nodes ?? []).every(({ kind }) => kind === Kind.FIELD)

/** Turns anything that was thrown into the error that a client may see. */
export type Mask = (thrown: unknown, requestId: string) => GraphQLError

/**
 * A client sees expected failures with their code and advice, and everything else as INTERNAL with the
 * request id. The log has the original error: messages of drivers, SQL, hosts and paths are in the log only.
 */
export const createErrorMask =
  (log: Logger): Mask =>
  (thrown, requestId) => {
    const located = thrown instanceof GraphQLError ? thrown : undefined
    if (located?.extensions.requestId === requestId) return located // it is masked already
    const cause = located?.originalError ?? thrown
    const place = located ? placeOf(located) : {}
    // The status for Yoga, which removes it before the answer is sent.
    const { http } = located?.extensions ?? {}
    const status = http !== undefined && { http }
    const expected = expectedError(cause)
    if (expected) {
      if (expected.status >= 500)
        log.warn({ err: expected.cause ?? expected, code: expected.code, requestId }, expected.message)
      return new GraphQLError(expected.message, {
        ...place,
        extensions: { ...expected.details, code: expected.code, requestId, ...status },
      })
    }
    // Errors of GraphQL itself (a wrong literal, an unknown operation) reveal nothing but the document.
    const ofGraphql = cause instanceof GraphQLError && !(located && isWrongResult(located))
    if (located && ofGraphql) {
      const code = codeOf(located)
      // A malformed request is 400 in every media type. A wrong document, or a wrong operation name, is 200
      // as application/json.
      const wellFormed = located.extensions.code === 'OPERATION_RESOLUTION_FAILURE' // Yoga's, for a wrong name
      const malformed = status && code === 'BAD_REQUEST' && { http: { ...http, spec: wellFormed } }
      const extensions = { code, requestId, ...status, ...malformed }
      return new GraphQLError(located.message, { ...place, extensions })
    }
    log.error({ err: cause, path: located?.path, requestId }, 'unexpected failure in a resolver')
    return new GraphQLError(`Something went wrong on our side. Tell us the request id ${requestId}.`, {
      ...place,
      extensions: { code: 'INTERNAL', requestId },
    })
  }
