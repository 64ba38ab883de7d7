import type { DeliveryFailure } from '../../../generated/prisma/enums.ts'
import { PostError, type Answered } from '../../platform/http/guarded-post.ts'
import type { Destination } from './destination.ts'
import type { Message } from './message.ts'

/** What is sent: the message, its words, and the id that is the same at every attempt. */
export type Outgoing = {
  readonly id: string
  readonly message: Message
  readonly channel: { readonly id: string; readonly name: string }
  readonly subject: string
  readonly text: string
  readonly url: string
  /** Addresses that have it by an attempt before; none unless told. */
  readonly deliveredTo?: readonly string[]
}

/** What became of one attempt. */
export type Sent = {
  /** Null when it was delivered. */
  readonly failure: { readonly code: DeliveryFailure; readonly error: string } | null
  readonly statusCode: number | null
  /** What the receiver asks to wait; null where it asks for nothing. */
  readonly retryAfterMs: number | null
  /** Addresses that took it, where others did not; none unless told. */
  readonly deliveredTo?: readonly string[]
}
/** What goes wrong at the receiver is told and not thrown. `cut` ends what is not over in time. */
export type Send<D extends Destination = Destination> = (
  to: D,
  what: Outgoing,
  at: Date,
  cut: AbortSignal,
) => Promise<Sent>

/** The same with its deadline. */
export type Attempt = (to: Destination, what: Outgoing, at: Date) => Promise<Sent>

/** For the whole of an attempt, whatever its receiver does: well within the claim of a message (`delivery.store.ts`). */
export const SENDING_MS = 40_000

/** A receiver that wants longer is asked again meanwhile. */
export const MAX_WAIT_MS = 3_600_000

/** `Retry-After`: seconds, or a date. */
export const waitOf = (text: string | undefined, at: Date): number | null => {
  if (text === undefined) return null
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - at.getTime()
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_WAIT_MS) : null
}

export const failed = (code: DeliveryFailure, error: string, statusCode: number | null = null): Sent => ({
  failure: { code, error },
  statusCode,
  retryAfterMs: null,
})

/** Sends, and gives up what is not over in time: it is told as TIMED_OUT then. */
export const withDeadline =
  (send: Send, deadlineMs = SENDING_MS): Attempt =>
  (to, what, at) =>
    new Promise((resolve, reject) => {
      const cutter = new AbortController()
      const timer = setTimeout(() => {
        resolve(failed('TIMED_OUT', `The receiver had not taken it after ${deadlineMs / 1_000} s.`))
        cutter.abort()
      }, deadlineMs)
      send(to, what, at, cutter.signal)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer))
    })

/** What an answer means: 2xx is delivered, 410 that there is nobody any more, and all else is tried again. */
export const outcomeOf = ({ statusCode, retryAfter, address }: Answered, host: string, at: Date): Sent => {
  if (statusCode >= 200 && statusCode < 300) return { failure: null, statusCode, retryAfterMs: null }
  const where = `${host} (${address}) answered ${statusCode}`
  if (statusCode === 410) return failed('GONE', `${where}: it wants no more messages.`, statusCode)
  if (statusCode >= 300 && statusCode < 400)
    return failed(
      'REDIRECTED',
      `${where}, a redirect, which is not followed. Give the channel the URL that it leads to.`,
      statusCode,
    )
  const asks = statusCode === 429 || statusCode === 503
  return {
    ...failed('REJECTED', `${where}.${adviceOf(statusCode)}`, statusCode),
    retryAfterMs: asks ? waitOf(retryAfter, at) : null,
  }
}

const adviceOf = (statusCode: number): string => {
  if (statusCode === 401 || statusCode === 403) return ' It does not accept the secret of the channel.'
  if (statusCode === 404) return ' Look at the path of the URL.'
  if (statusCode === 400) return ' It does not accept what the message says.'
  return ''
}

/** Sends and answers what came of it, also of what could not be sent. Throws what nobody foresaw. */
export const attempted = async (work: () => Promise<Sent>): Promise<Sent> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PostError) return failed(error.code, error.message)
    throw error
  }
}
