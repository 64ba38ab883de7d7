import { AppError, storeUnavailable } from '../errors.ts'

/** Sockets and name lookup (Node), and the in-process engine after its close (chdb). */
const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'CHDB_CLOSED',
  'CHDB_CONNECTION',
])

/**
 * ClickHouse's own codes for "not now" (src/Common/ErrorCodes.cpp): what failed may be sent again unchanged.
 * 202 too many queries, 203 no free connection, 209 socket timeout, 210 network, 241 the server's memory, 242 read-only
 * table, 243 disk full, 252 too many parts, 279 all connections failed, 319 unknown status of insert, 439 no
 * thread.
 */
const busyCodes = new Set(['202', '203', '209', '210', '241', '242', '243', '252', '279', '319', '439'])

/** 159 TIMEOUT_EXCEEDED, 160 TOO_SLOW. */
const slowCodes = new Set(['159', '160', 'CHDB_TIMEOUT'])

/**
 * The code of a driver's error: a number of ClickHouse as text, or a name. Read structurally, since the
 * embedded engine and the HTTP client each bring their own copy of the ClickHouseError class.
 */
const codeOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

/** 241 MEMORY_LIMIT_EXCEEDED has a text for each limit; that of the query is the same when it is sent again. */
const tookTooMuch = (error: unknown): boolean =>
  codeOf(error) === '241' &&
  /\bquery memory limit exceeded|\(for query\) exceeded/i.test((error as Error).message)

/** A query that the server or the waiting side stopped at its limit. */
export const timedOut = (cause: unknown): AppError =>
  new AppError(
    'TIMED_OUT',
    'This took longer than it may. Ask for a shorter range, a coarser step or a narrower filter.',
    { cause },
  )

/**
 * Turns what a driver threw into what a caller may see. STORE_UNAVAILABLE and TIMED_OUT may be tried again;
 * LIMIT_EXCEEDED not as it is;
 * INTERNAL is a fault of the statement or of its data, keeps the cause for the log, and tells nothing of it.
 */
export const toAppError = (error: unknown): AppError => {
  if (error instanceof AppError) return error
  const code = codeOf(error)
  if (slowCodes.has(code)) return timedOut(error)
  if (tookTooMuch(error))
    return new AppError(
      'LIMIT_EXCEEDED',
      'This needs more memory than a query may take. Ask for a shorter range, a narrower filter or fewer groups.',
      { cause: error },
    )
  if (awayCodes.has(code) || busyCodes.has(code)) return storeUnavailable('ClickHouse', error)
  return new AppError('INTERNAL', 'Something went wrong here. Give the request id when you report it.', {
    cause: error,
  })
}

/**
 * Whether the connection broke off under a statement: kept open between two statements, a server may close it
 * just when the next is on its way.
 */
export const brokeOff = (error: unknown): boolean =>
  error instanceof AppError && ['ECONNRESET', 'EPIPE'].includes(codeOf(error.cause))
