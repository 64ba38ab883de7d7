import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql'
import { feedOf, underived, type Feed } from '../../platform/iterate/feed.ts'
import { wakeAll, type Waker } from '../../platform/iterate/pull.ts'
import { LEFT_OUT, Outcomes, type Outcome } from './shared-execution.outcomes.ts'
import { Results, type Executed, type Group } from './shared-execution.results.ts'
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

/** How long all who wait for what went wrong share that; who comes later has it executed anew. */
const FAILED_MS = 1_000

const settle = (outcome: Outcome): void => {
  const { waiting = [] } = outcome
  outcome.waiting = undefined
  wakeAll(waiting)
}

/** The outcome of an event that is kept for whoever comes to it later. */
type Kept = { readonly outcomes: Outcomes; readonly event: object }

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
    if (kept.delete(one)) one.outcomes.delete(one.event) // else another may stand there by now
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
    if (outcome === LEFT_OUT && group.users === 1) return outcome // nobody else is to be told
    outcomes.set(event, outcome)
    if (outcome !== LEFT_OUT) keepFor(outcomes, event, outcome)
    return outcome
  }

  const join = (args: Args, change: Group<Args>['change']): Group<Args> => {
    const key = groupKey(args)
    const group = (key === undefined ? undefined : groups.get(key)) ?? {
      args,
      key,
      change,
      users: 0,
      outcomes: new Outcomes(),
      wanted: undefined,
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
