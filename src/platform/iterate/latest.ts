import { pull } from './pull.ts'

/**
 * The newest of a series of values, shared by any number of readers. Values are not copied: they must not be
 * changed.
 */
export type Latest<T> = {
  /** Replaces the value and notifies the readers. */
  set(value: T): void
  /** Ends every reader, also those that come later. */
  end(): void
  /**
   * The current value first (when there is one), then newer ones. A reader that is slow, or that asked for at
   * most `maxPerSecond`, skips to the newest. `onClose` is called once, however it ends.
   */
  watch(options?: LatestWatch): AsyncIterableIterator<T, undefined>
}

export type LatestWatch = {
  readonly signal?: AbortSignal | undefined
  readonly maxPerSecond?: number | undefined
  readonly onClose?: () => void
}

export const createLatest = <T>(): Latest<T> => {
  const listeners = new Set<() => void>()
  let current: { readonly value: T } | undefined
  let over = false
  const notifyAll = (): void => {
    for (const notify of listeners) notify()
  }

  return {
    set: (value) => {
      current = { value }
      notifyAll()
    },
    end: () => {
      over = true
      notifyAll()
    },
    watch: ({ signal, maxPerSecond, onClose } = {}) => {
      // A pause of more than 1,000 s is a mistake, and beyond 24 days a timer fires at once.
      if (maxPerSecond !== undefined && !(maxPerSecond >= 0.001))
        throw new RangeError('maxPerSecond is at least 0.001')
      const gapMs = maxPerSecond === undefined ? 0 : 1_000 / maxPerSecond
      let listener: (() => void) | undefined
      let seen: { readonly value: T } | undefined
      let lastAt = -Infinity
      let timer: NodeJS.Timeout | undefined
      return pull<T>(
        {
          listen: (notify) => {
            listener = notify
            listeners.add(notify)
          },
          take: () => {
            if (over) return 'done'
            if (!current || current === seen) return 'wait'
            const now = performance.now()
            const waitMs = lastAt + gapMs - now
            if (waitMs > 0) {
              timer ??= setTimeout(() => {
                timer = undefined
                listener?.()
              }, Math.ceil(waitMs))
              return 'wait'
            }
            lastAt = now
            seen = current
            return { value: current.value }
          },
          close: () => {
            if (listener) listeners.delete(listener)
            clearTimeout(timer)
            onClose?.()
          },
        },
        signal,
      )
    },
  }
}
