import { Feed } from './feed.ts'
import { wakeAll, type Step, type Waker } from './pull.ts'

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
  watch(options?: LatestWatch): Feed<T>
}

export type LatestWatch = {
  readonly maxPerSecond?: number | undefined
  readonly onClose?: () => void
}

type Held<T> = {
  readonly watchers: Set<Watcher<T>>
  current: { readonly value: T } | undefined
  over: boolean
}

/** A reader: what it has seen, and when. */
class Watcher<T> extends Feed<T> {
  private readonly held: Held<T>
  private readonly gapMs: number
  private readonly onClose: (() => void) | undefined
  private seen: { readonly value: T } | undefined
  private lastAt = -Infinity
  private timer: NodeJS.Timeout | undefined
  private waker: Waker | undefined
  private closed = false

  constructor(held: Held<T>, { maxPerSecond, onClose }: LatestWatch) {
    super()
    this.held = held
    this.gapMs = maxPerSecond === undefined ? 0 : 1_000 / maxPerSecond
    this.onClose = onClose
  }
  listen(waker: Waker): void {
    this.waker = waker
    this.held.watchers.add(this)
  }
  wake(): void {
    this.waker?.wake()
  }
  take(): Step<T> {
    const { held } = this
    if (held.over) return 'done'
    if (!held.current || held.current === this.seen) return 'wait'
    if (this.gapMs > 0 && this.isEarly()) return 'wait'
    this.seen = held.current
    return held.current
  }
  /** Whether the last value was given just now; then it wakes its reader in time. */
  private isEarly(): boolean {
    const now = performance.now()
    const waitMs = this.lastAt + this.gapMs - now
    if (waitMs <= 0) {
      this.lastAt = now
      return false
    }
    this.timer ??= setTimeout(later, Math.ceil(waitMs), this)
    return true
  }
  /** The time of the next value has come. */
  due(): void {
    this.timer = undefined
    this.wake()
  }
  close(): void {
    if (this.closed) return
    this.closed = true
    this.held.watchers.delete(this)
    clearTimeout(this.timer)
    this.onClose?.()
  }
}
const later = (watcher: Watcher<unknown>): void => watcher.due()

export const createLatest = <T>(): Latest<T> => {
  const held: Held<T> = { watchers: new Set(), current: undefined, over: false }
  return {
    set: (value) => {
      held.current = { value }
      wakeAll(held.watchers)
    },
    end: () => {
      held.over = true
      wakeAll(held.watchers)
    },
    watch: (options = {}) => {
      const { maxPerSecond } = options
      // A pause of more than 1,000 s is a mistake, and beyond 24 days a timer fires at once.
      if (maxPerSecond !== undefined && !(maxPerSecond >= 0.001))
        throw new RangeError('maxPerSecond is at least 0.001')
      return new Watcher(held, options)
    },
  }
}
