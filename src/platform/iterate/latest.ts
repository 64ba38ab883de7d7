import { pull } from './pull.ts'

/** The newest of a series of values, shared by any number of readers. Values are not copied: they must not be changed. */
export type Latest<T> = {
  get(): T | undefined
  /** Replaces the value and wakes the readers. */
  set(value: T): void
  /** Gives every reader this error and ends it. */
  fail(error: unknown): void
  /** Ends every reader, and each that comes later. */
  end(): void
  /**
   * The current value first (when there is one), then newer ones. A reader that is slow, or that asked for at most
   * `maxPerSecond`, skips to the newest. `onClose` is called once, whatever the end was.
   */
  watch(options?: LatestWatch): AsyncIterableIterator<T, undefined>
}

export type LatestWatch = {
  readonly signal?: AbortSignal | undefined
  readonly maxPerSecond?: number | undefined
  readonly onClose?: () => void
}

export const createLatest = <T>(): Latest<T> => {
  const bells = new Set<() => void>()
  let current: { readonly value: T } | undefined
  let failure: { readonly error: unknown } | undefined
  let over = false
  const ring = (): void => {
    for (const bell of bells) bell()
  }

  return {
    get: () => current?.value,
    set: (value) => {
      current = { value }
      ring()
    },
    fail: (error) => {
      failure = { error }
      ring()
    },
    end: () => {
      over = true
      ring()
    },
    watch: ({ signal, maxPerSecond, onClose } = {}) => {
      // A pause of more than 1,000 s is a mistake, and beyond 24 days a timer fires at once.
      if (maxPerSecond !== undefined && !(maxPerSecond >= 0.001))
        throw new RangeError('maxPerSecond is at least 0.001')
      const gapMs = maxPerSecond === undefined ? 0 : 1_000 / maxPerSecond
      let bell: (() => void) | undefined
      let seen: { readonly value: T } | undefined
      let givenAt = -Infinity
      let timer: NodeJS.Timeout | undefined
      return pull<T>(
        {
          listen: (ring) => {
            bell = ring
            bells.add(ring)
          },
          take: () => {
            if (over) return 'done'
            if (failure) throw failure.error
            if (!current || current === seen) return 'wait'
            const now = performance.now()
            const waitMs = givenAt + gapMs - now
            if (waitMs > 0) {
              timer ??= setTimeout(() => {
                timer = undefined
                bell?.()
              }, Math.ceil(waitMs))
              return 'wait'
            }
            givenAt = now
            seen = current
            return { value: current.value }
          },
          close: () => {
            if (bell) bells.delete(bell)
            clearTimeout(timer)
            onClose?.()
          },
        },
        signal,
      )
    },
  }
}
