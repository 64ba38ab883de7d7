import { AppError } from '../../platform/errors.ts'

/** A client opens a stream right after it has reserved it. */
const RESERVED_MS = 30_000
/** All that one credential's people may reserve in the moment in which they come back together: 10 MB of heap, as measured. */
const MAX_RESERVED = 10_000

/** The streams that were reserved and not opened: tokens by the mark of their credential. */
export const createReservations = () => {
  const byMark = new Map<string, Map<string, NodeJS.Timeout>>()

  /** Whether it was there. */
  const remove = (mark: string, token: string): boolean => {
    const own = byMark.get(mark)
    const forget = own?.get(token)
    if (!own || !forget) return false
    clearTimeout(forget)
    own.delete(token)
    if (own.size === 0) byMark.delete(mark)
    return true
  }

  return {
    has: (mark: string, token: string): boolean => byMark.get(mark)?.has(token) ?? false,
    /** For 30 s. Throws RATE_LIMITED. */
    add: (mark: string, token: string): void => {
      const own = byMark.get(mark) ?? new Map<string, NodeJS.Timeout>()
      if (own.size >= MAX_RESERVED)
        throw new AppError(
          'RATE_LIMITED',
          `${MAX_RESERVED} streams of this key are reserved and not opened. Open them, or wait ${RESERVED_MS / 1_000} s.`,
          { retryAfterSeconds: RESERVED_MS / 1_000 },
        )
      byMark.set(mark, own)
      own.set(token, setTimeout(() => remove(mark, token), RESERVED_MS).unref())
    },
    remove,
    clear: (): void => {
      for (const own of byMark.values()) for (const forget of own.values()) clearTimeout(forget)
      byMark.clear()
    },
  }
}
