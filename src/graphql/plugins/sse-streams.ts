import { AppError, shuttingDown } from '../../platform/errors.ts'
import { createReservations } from './sse-reservations.ts'
import { SseStream } from './sse-stream.ts'
import { belongs, newToken } from './stream-token.ts'

/** Less than the 15 s after which the strictest intermediaries drop a silent connection. */
const KEEP_ALIVE_MS = 12_000

const notFound = (): AppError => new AppError('NOT_FOUND', 'Stream not found. Reserve one with PUT.')

/** The streams of one process: the reserved ones, and the open ones by their tokens. */
export const createSseStreams = () => {
  const reserved = createReservations()
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
      if (existing !== undefined && (reserved.has(mark, existing) || byToken.has(existing)))
        throw new AppError(
          'CONFLICT',
          'This stream is reserved already. PUT without a token reserves another one.',
        )
      const token = newToken(mark)
      reserved.add(mark, token)
      return token
    },
    /** Opens a reserved stream. Throws NOT_FOUND, CONFLICT when it is open, and SHUTTING_DOWN. */
    open: (mark: string, token: string): SseStream => {
      if (stopped) throw shuttingDown()
      if (!belongs(token, mark)) throw notFound()
      if (byToken.has(token)) throw new AppError('CONFLICT', 'This stream is open already.')
      if (!reserved.has(mark, token)) throw notFound()
      const stream = create(() => byToken.delete(token))
      reserved.remove(mark, token)
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
      if (reserved.has(mark, token))
        throw new AppError('CONFLICT', 'This stream is not open. Open it with GET before its operations.')
      throw notFound()
    },
    /**
     * For a drain: each stream ends without a word about its live operations, when the others are complete,
     * and no new stream or operation begins.
     */
    stop: (): void => {
      stopped = true
      reserved.clear()
      for (const stream of open) stream.finish()
    },
  }
}
