import { ReplyError } from 'ioredis'
import { AppError, storeUnavailable } from '../errors.ts'

/**
 * Replies that say "not now": the server is loading, is a replica, is full, or a cluster is moving. Others
 * are our bugs.
 */
const passing = new Set([
  'ASK',
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'MOVED',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'UNBLOCKED',
])

/**
 * The code of an error reply: its first word, which the protocol reserves for that (RESP, "Simple errors").
 * An error that a script passes on has the same first word.
 */
export const replyCode = (error: unknown): string | undefined =>
  error instanceof ReplyError ? /^[A-Z]+/.exec((error as Error).message)?.[0] : undefined

/** A SELECT that failed: ioredis reports it, and goes on in the database 0. */
export const isFailedSelect = (error: unknown): boolean =>
  error instanceof ReplyError && (error as { command?: { name: string } }).command?.name === 'select'

/** There is no such database, or it is not for this user; other replies tell of the server or the password. */
export const isRefusedDatabase = (error: unknown): boolean =>
  isFailedSelect(error) && ['ERR', 'NOPERM'].includes(replyCode(error) ?? '')

/**
 * What a failed command becomes: STORE_UNAVAILABLE when Redis did not answer in time, is not connected or
 * says "not now"; otherwise the error as it is, which callers see masked. ioredis gives its own errors (timed
 * out, closed, not connected) no codes, so the rule is: what is neither a reply nor a programming error is a
 * failure of the connection.
 */
export const redisError = (error: unknown): unknown => {
  if (error instanceof AppError || error instanceof TypeError || error instanceof RangeError) return error
  if (!(error instanceof Error)) return error
  const code = replyCode(error)
  if (error instanceof ReplyError && !(code !== undefined && passing.has(code))) return error
  return storeUnavailable('Redis', error)
}
