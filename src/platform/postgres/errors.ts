import { AppError, storeUnavailable } from '../errors.ts'

/**
 * SQLSTATEs and socket codes that mean the server can't be reached or is going away (PostgreSQL appendix A);
 * 25P03 that it did not hear from us within a transaction.
 */
const awayCodes =
  /^(08...|57P0[1-5]|53[0-9]..|25P03|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/
/**
 * Prisma's own codes for the same: can't reach, timed out, pool exhausted, connection closed, transaction API
 * error.
 */
const prismaAwayCodes = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1017', 'P2024'])

type Coded = {
  code?: unknown
  name?: unknown
  cause?: unknown
  message?: unknown
  meta?: { driverAdapterError?: unknown }
}
const isObject = (value: unknown): value is Coded => typeof value === 'object' && value !== null

/**
 * node-postgres gives these no code: a connection that did not come in time, from the pool or anew, and one
 * that ended under a query.
 */
const codeless = new Set([
  'timeout exceeded when trying to connect',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout expired',
])

/** The SQLSTATE of an error, also where Prisma wrapped it, or undefined. */
export const sqlState = (error: unknown): string | undefined => {
  for (let current = error, depth = 0; isObject(current) && depth < 6; depth += 1) {
    if (
      typeof current.code === 'string' &&
      /^[0-9A-Z]{5}$/.test(current.code) &&
      !current.code.startsWith('P1') &&
      !current.code.startsWith('P2')
    )
      return current.code
    const original = (current as { originalCode?: unknown }).originalCode
    if (typeof original === 'string') return original
    current = current.meta?.driverAdapterError ?? current.cause
  }
  return undefined
}

const isAway = (error: unknown): boolean => {
  for (let current = error, depth = 0; isObject(current) && depth < 6; depth += 1) {
    if (
      typeof current.code === 'string' &&
      (awayCodes.test(current.code) || prismaAwayCodes.has(current.code))
    )
      return true
    const original = (current as { originalCode?: unknown }).originalCode
    if (typeof original === 'string' && awayCodes.test(original)) return true
    const kind = (current as { kind?: unknown }).kind
    if (kind === 'DatabaseNotReachable' || kind === 'ConnectionClosed' || kind === 'SocketTimeout')
      return true
    if (typeof current.message === 'string' && codeless.has(current.message)) return true
    if (current instanceof AggregateError) return current.errors.some(isAway)
    current = current.meta?.driverAdapterError ?? current.cause
  }
  return false
}

/** A unique constraint said no (SQLSTATE 23505, Prisma P2002). */
export const isUniqueViolation = (error: unknown): boolean =>
  (isObject(error) && error.code === 'P2002') || sqlState(error) === '23505'

/** A row is still referred to, or refers to none (SQLSTATE 23503 and 23001, Prisma P2003). */
export const isReferenceViolation = (error: unknown): boolean =>
  (isObject(error) && error.code === 'P2003') || ['23503', '23001'].includes(sqlState(error) ?? '')

/** Postgres does not keep what was to be written: a value or a constraint says no (SQLSTATE classes 22 and 23). */
export const isDataRefused = (error: unknown): boolean => /^2[23]/.test(sqlState(error) ?? '')

/**
 * Prisma's P2028 is two things: a transaction over its time, which then has a time limit in its `meta`, or
 * none begun because no connection came free.
 */
const isLateTransaction = (error: unknown): boolean =>
  isObject(error) && error.code === 'P2028' && error.meta !== undefined && 'timeout' in error.meta

/**
 * Maps what Postgres or Prisma threw to an error for the caller, or undefined when it is none of the expected
 * ones.
 */
export const postgresError = (error: unknown): AppError | undefined => {
  if (isAway(error) || (isObject(error) && error.code === 'P2028' && !isLateTransaction(error)))
    return storeUnavailable('Postgres', error)
  if (sqlState(error) === '57014' || isLateTransaction(error))
    return new AppError('TIMED_OUT', 'Postgres took too long. Ask for less at once.', { cause: error })
  // Postgres keeps any text but one with the character U+0000, which a JSON string may hold; 22P05 says so of jsonb.
  if (['22021', '22P05'].includes(sqlState(error) ?? ''))
    return new AppError('BAD_REQUEST', 'A text holds the character U+0000, which can not be stored.', {
      cause: error,
    })
  return undefined
}
