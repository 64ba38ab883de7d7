import type { Feed } from '../iterate/feed.ts'
import type { Step, Waker } from '../iterate/pull.ts'
import type { Outbox } from './outbox.ts'
import type { Turned } from './turns.ts'

/** Values that one takes in a turn: whoever has missed thousands does not keep the others waiting. */
const MOST = 256

/**
 * Sends the values of a feed into an outbox, as fast as that is taken: a row that is woken, takes what is
 * there, and keeps nothing. `start` begins it.
 */
export abstract class Subscriber<T> implements Turned, Waker {
  private readonly feed: Feed<T>
  protected readonly outbox: Outbox
  private ended = false
  /** Waits for its turn. */
  private woken = false
  /** A value is being read; whether it was woken meanwhile. */
  private reading = false
  private again = false

  constructor(feed: Feed<T>, outbox: Outbox) {
    this.feed = feed
    this.outbox = outbox
  }

  protected abstract send(value: T): void
  /** The feed is at its end. */
  protected abstract complete(): void
  protected abstract fail(error: unknown): void

  start(): void {
    this.feed.listen(this)
    this.wake()
  }

  /** Ends it without a word, and frees its source. */
  close(): void {
    if (this.ended) return
    this.ended = true
    this.feed.close()
  }

  wake(): void {
    if (this.reading) this.again = true
    if (this.woken || this.reading || this.ended) return
    this.woken = true
    this.outbox.wake(this)
  }

  advance(): void {
    this.woken = false
    try {
      for (let taken = 0; !this.ended && !this.outbox.isFull(this); taken += 1) {
        if (taken === MOST) return this.wake()
        const step = this.feed.take()
        if (step instanceof Promise) return this.read(step)
        if (!this.handle(step)) return
      }
    } catch (error) {
      this.over(() => this.fail(error))
    }
  }

  private read(step: Promise<Step<T>>): void {
    this.reading = true
    this.again = false
    const resume = (more: boolean): void => {
      this.reading = false
      if (more || this.again) this.wake()
    }
    step
      .then((value) => resume(!this.ended && this.handle(value)))
      .catch((error: unknown) => this.over(() => this.fail(error)))
  }

  /** True when there may be more. */
  private handle(step: Step<T>): boolean {
    if (step === 'wait') return false
    if (step === 'done') this.over(() => this.complete())
    else this.send(step.value)
    return true
  }

  private over(say: () => void): void {
    if (this.ended) return
    this.close()
    say()
  }
}
