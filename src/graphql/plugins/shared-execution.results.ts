import type { ExecutionResult } from 'graphql'
import { Feed, type Derived } from '../../platform/iterate/feed.ts'
import type { Step, Waker } from '../../platform/iterate/pull.ts'
import type { LeftOut } from './shared-execution.left-out.ts'

/** What an event is for one group, once it was executed. */
export type Outcome = {
  value: ExecutionResult | undefined
  failure: { readonly error: unknown } | undefined
  /** Who waits for it; undefined when it is there. */
  waiting: Waker[] | undefined
}

/** Of an event that a group does not get. */
export const LEFT_OUT: Outcome = { value: undefined, failure: undefined, waiting: undefined }

/** Subscribers who get the same answers. */
export type Group<Args> = {
  readonly args: Args
  readonly key: string | undefined
  /**
   * From what the source gives to the event that is executed: the first subscriber's, for all. What it depends on
   * is in the key.
   */
  readonly change: (value: unknown) => Derived<unknown>
  users: number
  readonly outcomes: WeakMap<object, Outcome>
  leftOut: LeftOut | undefined
}

export type Executed<Args> = {
  /** The outcome of an event: a new one, or the group's. */
  readonly outcomeOf: (group: Group<Args>, event: unknown) => Outcome
  readonly leave: (group: Group<Args>) => void
}

/** The results of one subscriber: its own place in its own source, and the answers of its group. */
export class Results<Args> extends Feed<ExecutionResult> {
  private readonly source: Feed<unknown>
  private readonly group: Group<Args>
  private readonly shared: Executed<Args>
  private readonly lastOf: ((error: unknown) => ExecutionResult) | undefined
  private waker: Waker | undefined
  /** What it waits for. */
  private held: Outcome | undefined
  /** In what its group left out. */
  private place = 0
  private over = false
  private closed = false

  constructor(
    source: Feed<unknown>,
    group: Group<Args>,
    shared: Executed<Args>,
    lastOf: ((error: unknown) => ExecutionResult) | undefined,
  ) {
    super()
    this.source = source
    this.group = group
    this.shared = shared
    this.lastOf = lastOf
  }
  take(): Step<ExecutionResult> | Promise<Step<ExecutionResult>> {
    if (this.over) return 'done'
    try {
      if (this.held) return this.held.waiting ? 'wait' : this.give(this.held)
      for (;;) {
        const step = this.source.take()
        if (step instanceof Promise)
          return step
            .then((later) => this.advance(later) ?? this.take())
            .catch((error: unknown) => this.fail(error))
        const result = this.advance(step)
        if (result) return result
      }
    } catch (error) {
      return this.fail(error)
    }
  }
  /** Undefined for an event that is left out: the next may be there already. */
  private advance(step: Step<unknown>): Step<ExecutionResult> | undefined {
    if (typeof step === 'string') return step
    const { value } = step
    const next = this.group.leftOut?.after(this.place, value)
    if (next !== undefined) {
      this.place = next
      return undefined
    }
    const outcome = this.shared.outcomeOf(this.group, value)
    if (outcome !== LEFT_OUT) return this.give(outcome)
    this.place = this.group.leftOut?.find(value) ?? 0
    return undefined
  }
  private give(outcome: Outcome): Step<ExecutionResult> {
    if (outcome.waiting) {
      this.held = outcome
      outcome.waiting.push(this)
      return 'wait'
    }
    this.held = undefined
    if (outcome.failure) throw outcome.failure.error
    return outcome as { readonly value: ExecutionResult }
  }
  private fail(error: unknown): Step<ExecutionResult> {
    this.over = true
    if (!this.lastOf) throw error
    return { value: this.lastOf(error) }
  }
  listen(waker: Waker): void {
    this.waker = waker
    this.source.listen(this)
  }
  wake(): void {
    this.waker?.wake()
  }
  close(): void {
    if (this.closed) return
    this.closed = true
    this.over = true
    this.source.close()
    this.shared.leave(this.group)
  }
}
