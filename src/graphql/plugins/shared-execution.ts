import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql'
import { map } from '../../platform/iterate/derive.ts'
import { attachCursor, attachText } from './shared-execution.text.ts'

export type SharedSubscribeOptions<Args extends ExecutionArgs = ExecutionArgs> = {
  /**
   * Subscribers with the same key get the same answer. It is made of the operation's text and name, its
   * variables and the viewer's permission scope (tenant, roles or scopes, anything a resolver decides by).
   * Two viewers with different rights must never have the same key. Called once for each subscription;
   * undefined shares nothing.
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
   * Number of results that are kept for subscribers who have not reached their event yet (default 1,000). It
   * bounds memory: a window may hold an event for long. A subscriber who comes later executes the operation
   * again.
   */
  readonly keep?: number
}

/** The results of one event, by group. */
type Shared = Map<string, Promise<ExecutionResult>>

/**
 * A `subscribe` for envelop (`setSubscribeFn`) and graphql-ws. Each subscriber has its own source stream, so
 * its own authorization and its own place in it. The sources give objects that all subscribers share (bus
 * events, live values): the results hang on these objects, one for each group, so there is no group to open,
 * join, leave or leak.
 */
export const createSharedSubscribe = <Args extends ExecutionArgs = ExecutionArgs>(
  options: SharedSubscribeOptions<Args>,
) => {
  const { groupKey, freshContext, cursorOf, finish, keep = 1_000 } = options
  const byEvent = new WeakMap<object, Shared>()
  const kept = new Set<{ readonly shared: Shared; readonly key: string }>()

  const executeOnce = async (args: Args, rootValue: unknown): Promise<ExecutionResult> => {
    const contextValue = await freshContext(args)
    const result = await execute({ ...args, rootValue, contextValue })
    // Without `finish` errors are not masked yet: such a result has no text that could be sent as it is.
    const cursor = typeof rootValue === 'object' && rootValue !== null ? cursorOf?.(rootValue) : undefined
    if (finish) return attachCursor(attachText(finish(result, args)), cursor)
    return result.errors ? result : attachText(result)
  }

  const executeShared = (args: Args, key: string, event: object): Promise<ExecutionResult> => {
    let shared = byEvent.get(event)
    if (!shared) byEvent.set(event, (shared = new Map()))
    const known = shared.get(key)
    if (known) return known
    const result = executeOnce(args, event)
    shared.set(key, result)
    kept.add({ shared, key })
    for (const oldest of kept) {
      if (kept.size <= keep) break
      kept.delete(oldest)
      oldest.shared.delete(oldest.key)
    }
    return result
  }

  /** The stream of results, or one result with errors when the subscription can't begin. */
  return async (args: Args): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> => {
    const source = await createSourceEventStream(args)
    if (!(Symbol.asyncIterator in source)) return source
    const key = groupKey(args)
    return map(source, (event) =>
      key !== undefined && typeof event === 'object' && event !== null
        ? executeShared(args, key, event)
        : executeOnce(args, event),
    )
  }
}
