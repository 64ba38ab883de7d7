import { AppError, shuttingDown } from '../../platform/errors.ts'
import { SseStream } from './sse-stream.ts'
import { belongs, newToken } from './stream-token.ts'

/** Less than the 15 s after which the strictest intermediaries drop a silent connection. */
const KEEP_ALIVE_MS = 12_000
/** A client opens a stream right after it has reserved it. */
const RESERVED_MS = 30_000
const MAX_RESERVED = 20

type Reservation = { readonly mark: string; readonly forget: NodeJS.Timeout }

const notFound = (): AppError => new AppError('NOT_FOUND', 'Stream not found. Reserve one with PUT.')

/** The streams of one process: the reserved ones, and the open ones by their tokens. */
export const createSseStreams = () => {
  const reserved = new Map<string, Reservation>()
  const byToken = new Map<string, SseStream>()
  const open = new Set<SseStream>()
  let stopped = false
  let keepAlive: NodeJS.Timeout | undefined

  const create = (onClose: () => void): SseStream => {
    if (stopped) throw shuttingDown()
    const stream = new SseStream(() => {
      onClose()
      open.delete(stream)
      if (open.size > 0) return
      clearInterval(keepAlive)
      keepAlive = undefined
    })
    open.add(stream)
    keepAlive ??= setInterval(() => open.forEach((each) => each.keepAlive()), KEEP_ALIVE_MS).unref()
    return stream
  }

  return {
    /**
     * A token for a stream, which has to be opened within 30 s. Throws RATE_LIMITED, CONFLICT and
     * SHUTTING_DOWN.
     */
    reserve: (mark: string, existing: string | undefined): string => {
      if (stopped) throw shuttingDown()
      if (existing !== undefined && !belongs(existing, mark)) throw notFound()
      if (existing !== undefined && (reserved.has(existing) || byToken.has(existing)))
        throw new AppError(
          'CONFLICT',
          'This stream is reserved already. PUT without a token reserves another one.',
        )
      const own = [...reserved.values()].filter((each) => each.mark === mark)
      if (own.length >= MAX_RESERVED)
        throw new AppError(
          'RATE_LIMITED',
          `${MAX_RESERVED} streams of this key are reserved and not opened. Open them, or wait ${RESERVED_MS / 1_000} s.`,
          { retryAfterSeconds: RESERVED_MS / 1_000 },
        )
      const token = newToken(mark)
      reserved.set(token, { mark, forget: setTimeout(() => reserved.delete(token), RESERVED_MS).unref() })
      return token
    },
    /** Opens a reserved stream. Throws NOT_FOUND, CONFLICT when it is open, and SHUTTING_DOWN. */
    open: (mark: string, token: string): SseStream => {
      if (stopped) throw shuttingDown()
      if (!belongs(token, mark)) throw notFound()
      if (byToken.has(token)) throw new AppError('CONFLICT', 'This stream is open already.')
      const reservation = reserved.get(token)
      if (!reservation) throw notFound()
      const stream = create(() => byToken.delete(token))
      clearTimeout(reservation.forget)
      reserved.delete(token)
      byToken.set(token, stream)
      return stream
    },
    /** A stream for one operation. Throws SHUTTING_DOWN. */
    single: (): SseStream => create(() => {}),
    /** The open stream. Throws NOT_FOUND, and CONFLICT when it is only reserved. */
    find: (mark: string, token: string | undefined): SseStream => {
      if (token === undefined || !belongs(token, mark)) throw notFound()
      const stream = byToken.get(token)
      if (stream) return stream
      if (reserved.has(token))
        throw new AppError('CONFLICT', 'This stream is not open. Open it with GET before its operations.')
      throw notFound()
    },
    /**
     * For a drain: each stream ends without a word about its live operations, when the others are complete,
     * and no new stream or operation begins.
     */
    stop: (): void => {
      stopped = true
      for (const { forget } of reserved.values()) clearTimeout(forget)
      reserved.clear()
      for (const stream of open) stream.finish()
    },
  }
}
