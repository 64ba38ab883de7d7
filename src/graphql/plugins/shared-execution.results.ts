import type { ExecutionResult } from 'graphql'
import { Feed, type Derived } from '../../platform/iterate/feed.ts'
import type { Step, Waker } from '../../platform/iterate/pull.ts'
import { WindowedFeed } from '../../platform/iterate/windowed.ts'
import { LEFT_OUT, type Outcome, type Outcomes } from './shared-execution.outcomes.ts'
import { Wanted } from './shared-execution.wanted.ts'

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
  readonly outcomes: Outcomes
  /** Only where something was left out. */
  wanted: Wanted | undefined
}

export type Executed<Args> = {
  /** The outcome of an event: a new one, or the group's. */
  readonly outcomeOf: (group: Group<Args>, event: unknown) => Outcome
  readonly leave: (group: Group<Args>) => void
}

/** The results of one subscriber: its own place in its own source, and the answers of its group. */
export class Results<Args> extends Feed<ExecutionResult> {
  private readonly source: Feed<unknown>
  /** The same, where others read what it reads. */
  private readonly window: WindowedFeed<unknown> | undefined
  private readonly group: Group<Args>
  private readonly shared: Executed<Args>
  private readonly lastOf: ((error: unknown) => ExecutionResult) | undefined
  private waker: Waker | undefined
  /** What it waits for. */
  private held: Outcome | undefined
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
    this.window = source instanceof WindowedFeed ? source : undefined
    this.group = group
    this.shared = shared
    this.lastOf = lastOf
  }
  take(): Step<ExecutionResult> | Promise<Step<ExecutionResult>> {
    if (this.over) return 'done'
    try {
      if (this.held) return this.held.waiting ? 'wait' : this.give(this.held)
      for (;;) {
        const place = this.place()
        const step = this.source.take()
        if (step instanceof Promise)
          return step
            .then((later) => this.advance(later, undefined) ?? this.take())
            .catch((error: unknown) => this.fail(error))
        const result = this.advance(step, place)
        if (result) return result
      }
    } catch (error) {
      return this.fail(error)
    }
  }
  /** Its place in a window, past all that its group is known to leave out there. */
  private place(): number | undefined {
    const { window, group } = this
    const place = window?.place()
    if (place === undefined || !group.wanted) return place
    const next = group.wanted.next(window!.window, place)
    return next === place || window!.goOn(next) ? next : place
  }
  /** Undefined for an event that is left out: the next may be there already. */
  private advance(step: Step<unknown>, place: number | undefined): Step<ExecutionResult> | undefined {
    if (typeof step === 'string') return step
    const outcome = this.shared.outcomeOf(this.group, step.value)
    if (place !== undefined) this.note(place, outcome !== LEFT_OUT)
    return outcome === LEFT_OUT ? undefined : this.give(outcome)
  }
  private note(place: number, isWanted: boolean): void {
    const { window, group } = this
    if (group.users === 1 || (isWanted && !group.wanted)) return
    // Another place than the next: the window had dropped it, and it came from elsewhere.
    if (window?.place() === place + 1) (group.wanted ??= new Wanted()).note(window.window, place, isWanted)
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
