import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql'
import { Feed, feedOf, underived, type Derived } from '../../platform/iterate/feed.ts'
import type { Step, Waker } from '../../platform/iterate/pull.ts'
import { attachCursor, attachText } from './shared-execution.text.ts'

export type SharedSubscribeOptions<Args extends ExecutionArgs = ExecutionArgs> = {
  /**
   * Subscribers with the same key get the same answer. It is made of the operation's text and name, its
   * variables and the viewer's permission scope (tenant, roles or scopes, anything that a resolver decides by,
   * or that the source is filtered by). Two viewers with different rights must never have the same key. Called
   * once for each subscription; undefined shares nothing.
   */
  readonly groupKey: (args: Args) => string | undefined
  /**
   * A new context with new loaders for one event: loaders of an earlier event would answer with stale rows.
   */
  readonly freshContext: (args: Args) => unknown
  /** The place of an event in its topic, if it has one. */
  readonly cursorOf?: (event: object) => string | undefined
  /** Called once for each shared result, before it is serialized: masks errors, adds extensions. */
  readonly finish?: (result: ExecutionResult, args: Args) => ExecutionResult
  /**
   * What a subscriber's stream says last when it fails, asked for once a subscription. Throws what is for the
   * transport to tell.
   */
  readonly lastOf?: (args: Args) => (error: unknown) => ExecutionResult
  /**
   * Number of results that are kept for subscribers who have not reached their event yet (default 1,000). It
   * bounds memory: a window may hold an event for long. A subscriber who comes later executes the operation
   * again.
   */
  readonly keep?: number
}

/** What an event is for one group, once it was executed. */
type Outcome = {
  value: ExecutionResult | undefined
  failure: { readonly error: unknown } | undefined
  /** Who waits for it; undefined when it is there. */
  waiting: Waker[] | undefined
}

/** How long all who wait for what went wrong share that; who comes later has it executed anew. */
const FAILED_MS = 1_000

/** Of an event that a group does not get. */
const LEFT_OUT: Outcome = { value: undefined, failure: undefined, waiting: undefined }

/** How many of the events that were left out last a group knows by their order; see `LeftOut`. */
const REMEMBERED = 32

/**
 * The events that a group left out last, in their order. Its subscribers meet them in the same order, each with a
 * place of its own here: of a topic with thousands of filtered operations nearly all is left out by nearly all, and to
 * compare is quicker than to look up.
 */
class LeftOut {
  private readonly events: unknown[] = []
  private next = 0

  /** The place after this event, when it stands there. */
  after(place: number, event: unknown): number | undefined {
    return event !== undefined && this.events[place] === event ? (place + 1) % REMEMBERED : undefined
  }
  /** The place after this event, which may not be known any more. */
  find(event: unknown): number {
    return (this.events.indexOf(event) + 1) % REMEMBERED
  }
  add(event: unknown): void {
    this.events[this.next] = event
    this.next = (this.next + 1) % REMEMBERED
  }
}

const settle = (outcome: Outcome): void => {
  const { waiting = [] } = outcome
  outcome.waiting = undefined
  for (const waker of waiting) waker.wake()
}

/** Subscribers who get the same answers. */
type Group<Args> = {
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

/** The outcome of an event that is kept for whoever comes to it later. */
type Kept = { readonly outcomes: WeakMap<object, Outcome>; readonly event: object }

type Executed<Args> = {
  /** The outcome of an event: a new one, or the group's. */
  readonly outcomeOf: (group: Group<Args>, event: unknown) => Outcome
  readonly leave: (group: Group<Args>) => void
}

/** The results of one subscriber: its own place in its own source, and the answers of its group. */
class Results<Args> extends Feed<ExecutionResult> {
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

/**
 * A `subscribe` for envelop (`setSubscribeFn`). Each subscriber has its own source, so its own authorization
 * and its own place in it. The sources give objects that all subscribers share (bus events, live values): a
 * group filters and executes each of them once, and all who wait for it are woken together.
 */
export const createSharedSubscribe = <Args extends ExecutionArgs = ExecutionArgs>(
  options: SharedSubscribeOptions<Args>,
) => {
  const { groupKey, freshContext, cursorOf, finish, lastOf, keep = 1_000 } = options
  const groups = new Map<string, Group<Args>>()
  const kept = new Set<Kept>()

  const finished = (args: Args, event: unknown, result: ExecutionResult): ExecutionResult => {
    const cursor = typeof event === 'object' && event !== null ? cursorOf?.(event) : undefined
    if (finish) return attachCursor(attachText(finish(result, args)), cursor)
    // Without `finish` errors are not masked yet: such a result has no text that could be sent as it is.
    return result.errors ? result : attachText(result)
  }
  const run = (args: Args, rootValue: unknown): ExecutionResult | Promise<ExecutionResult> => {
    const contextValue = freshContext(args)
    return contextValue instanceof Promise
      ? contextValue.then((ready: unknown) => execute({ ...args, rootValue, contextValue: ready }))
      : execute({ ...args, rootValue, contextValue })
  }
  const executed = (args: Args, event: unknown): Outcome => {
    const outcome: Outcome = { value: undefined, failure: undefined, waiting: [] }
    const succeed = (result: ExecutionResult): void => void (outcome.value = finished(args, event, result))
    const fail = (error: unknown): void => void (outcome.failure = { error })
    const later = (result: Promise<ExecutionResult>): void =>
      void result
        .then(succeed)
        .catch(fail)
        .finally(() => settle(outcome))
    try {
      const result = run(args, event)
      if (result instanceof Promise) {
        later(result)
        return outcome
      }
      succeed(result)
    } catch (error) {
      fail(error)
    }
    settle(outcome)
    return outcome
  }

  const forget = (one: Kept): void => {
    kept.delete(one)
    one.outcomes.delete(one.event)
  }
  /** A store may have been away: what went wrong is no answer for long. */
  const keepFor = (outcomes: Kept['outcomes'], event: object, outcome: Outcome): void => {
    const one = { outcomes, event }
    kept.add(one)
    const settled: Waker = {
      wake: () => {
        if (outcome.failure || outcome.value?.errors) setTimeout(forget, FAILED_MS, one).unref()
      },
    }
    if (outcome.waiting) outcome.waiting.push(settled)
    else settled.wake()
    for (const oldest of kept) {
      if (kept.size <= keep) break
      forget(oldest)
    }
  }

  const outcomeOf = (group: Group<Args>, event: unknown): Outcome => {
    const { args, key, change, outcomes } = group
    const isShared = key !== undefined && typeof event === 'object' && event !== null
    const known = isShared ? outcomes.get(event) : undefined
    if (known) return known
    const changed = change(event)
    const outcome = changed === 'left out' ? LEFT_OUT : executed(args, changed.value)
    if (!isShared) return outcome
    outcomes.set(event, outcome)
    if (outcome === LEFT_OUT) {
      ;(group.leftOut ??= new LeftOut()).add(event)
      return outcome
    }
    keepFor(outcomes, event, outcome)
    return outcome
  }

  const join = (args: Args, change: Group<Args>['change']): Group<Args> => {
    const key = groupKey(args)
    const group = (key === undefined ? undefined : groups.get(key)) ?? {
      args,
      key,
      change,
      users: 0,
      outcomes: new WeakMap<object, Outcome>(),
      leftOut: undefined,
    }
    if (key !== undefined) groups.set(key, group)
    group.users += 1
    return group
  }
  const leave = (group: Group<Args>): void => {
    group.users -= 1
    if (group.users === 0 && group.key !== undefined) groups.delete(group.key)
  }

  const shared: Executed<Args> = { outcomeOf, leave }
  /** The stream of results, or one result with errors when the subscription can't begin. */
  return async (args: Args): Promise<Feed<ExecutionResult> | ExecutionResult> => {
    const source = await createSourceEventStream(args)
    if (!(Symbol.asyncIterator in source)) return source
    const [items, change] = underived(feedOf(source))
    return new Results(items, join(args, change), shared, lastOf?.(args))
  }
}
