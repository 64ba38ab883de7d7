import { GraphQLError, type GraphQLErrorOptions } from 'graphql'
import { AppError, errorCodes, type ErrorCode } from '../platform/errors.ts'
import type { Logger } from '../platform/logger.ts'
import { postgresError } from '../platform/postgres/errors.ts'

/** The codes of `platform/errors.ts`, and those that only GraphQL itself has. */
const known = new Set([...Object.keys(errorCodes), 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'])

/** Yoga's own errors have codes of their own or none, but always a status. */
const codeOf = ({ extensions: { code, http } }: GraphQLError): string => {
  if (typeof code === 'string' && known.has(code) && code !== 'BAD_REQUEST') return code
  const status = http?.status
  return Object.entries(errorCodes).find(([, each]) => each.status === status)?.[0] ?? 'BAD_REQUEST'
}

/** The error that may be shown for something thrown, or undefined when it must be masked. */
export const expectedError = (thrown: unknown): AppError | undefined =>
  thrown instanceof AppError ? thrown : postgresError(thrown)

/** Where in the document an error is. */
export const placeOf = ({ nodes, source, positions, path }: GraphQLError): GraphQLErrorOptions => ({
  ...(nodes && { nodes }),
  ...(source && { source }),
  ...(positions && { positions }),
  ...(path && { path }),
})

const retryOf = ({ extensions: { retryAfterSeconds } }: GraphQLError) =>
  retryAfterSeconds === undefined ? {} : { retryAfterSeconds }

/** A refused request for a transport without HTTP statuses: the status that Yoga keeps in its errors becomes the code. */
export const forWire =
  (requestId: string) =>
  (error: GraphQLError): GraphQLError => {
    return new GraphQLError(error.message, {
      ...placeOf(error),
      extensions: { code: codeOf(error), requestId, ...retryOf(error) },
    })
  }

/** The error of a request that nothing came of, with the status of its code for Yoga. In application/json it is 200 all the same. */
export const withStatus = (error: GraphQLError): GraphQLError => {
  const { code, http } = error.extensions
  if (http !== undefined) return error
  const status = errorCodes[code as ErrorCode]?.status ?? 400
  return new GraphQLError(error.message, {
    ...placeOf(error),
    extensions: { ...error.extensions, http: { status, spec: true } },
  })
}

/** Makes of anything that was thrown what a client may see. */
export type Mask = (thrown: unknown, requestId: string) => GraphQLError

/**
 * What a client is told: expected failures with their code and advice, everything else as INTERNAL with the request id, and
 * the whole truth in the log. Driver text, SQL, hosts and paths stay in the log.
 */
export const createErrorMask =
  (log: Logger): Mask =>
  (thrown, requestId) => {
    const located = thrown instanceof GraphQLError ? thrown : undefined
    if (located?.extensions.requestId === requestId) return located // it was here before
    const cause = located?.originalError ?? thrown
    const place = located ? placeOf(located) : {}
    const { http } = located?.extensions ?? {} // the status, for Yoga, which takes it out before the answer is sent
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
    // Errors of the language itself (a wrong literal, an unknown operation) name nothing but the document.
    if (located && (located.originalError === undefined || located.originalError instanceof GraphQLError)) {
      const code = codeOf(located)
      // A request that is none is 400 in every media type; a document, or a choice in it, that is wrong is 200 in application/json.
      const wellFormed = located.extensions.code === 'OPERATION_RESOLUTION_FAILURE' // Yoga's, for what can't be chosen
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
