// What the clients beside this file share: how a subscription goes on where it was when its connection breaks.

export type Result = {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined
  readonly errors?:
    | readonly { readonly extensions?: Readonly<Record<string, unknown>> | undefined }[]
    | undefined
}
export type Request = { readonly variables?: Readonly<Record<string, unknown>> | null | undefined }
export type Sink<R> = {
  next(result: R): void
  error(error: unknown): void
  complete(): void
}

/** The end of a reader that was too slow: the server says where it goes on. */
const slow = ({ errors }: Result) =>
  errors?.find(({ extensions }) => extensions?.['code'] === 'SLOW_CONSUMER')?.extensions

const cursorOf = (result: Result): unknown =>
  slow(result)?.['cursor'] ??
  Object.values(result.data ?? {})
    .map((event) => (event as { cursor?: unknown } | null)?.cursor)
    .find((cursor) => cursor !== undefined)

/** How a client subscribes; what it answers ends the subscription. */
type Subscribe<Q, R> = (request: Q, sink: Sink<R>) => () => void

/**
 * Subscribes by a client that sends its request again after each break as it was first: these variables always
 * have the cursor of the newest event that `sink.next` has handled as `after`. What `sink.next` throws ends the
 * subscription and goes to `sink.error`, and its event comes again to who subscribes anew. The operation declares
 * `$after: String` and `withStart: true`, hands `after` on, and selects `cursor` of the event and of `Resync`.
 */
export const resume = <Q extends Request, R>(
  request: Q,
  sink: Sink<R>,
  subscribe: Subscribe<Q, R>,
): (() => void) => {
  const variables: Record<string, unknown> = { ...request.variables }
  let failed = false
  const next = (result: R): void => {
    if (failed) return
    try {
      if (!slow(result as Result)) sink.next(result)
    } catch (error) {
      failed = true
      leave()
      return sink.error(error)
    }
    const cursor = cursorOf(result as Result)
    if (cursor !== undefined) variables['after'] = cursor
  }
  const leave = subscribe(
    { ...request, variables },
    { next, error: (error) => failed || sink.error(error), complete: () => failed || sink.complete() },
  )
  return leave
}

/** Too early, in conflict with what ends at any moment, and too much: later the same may be answered. */
const LATER = new Set([408, 409, 425, 429])

/** Whether the same request will be refused again: it, its address or its credential is wrong. */
export const isRefusal = (status: number): boolean => status >= 400 && status < 500 && !LATER.has(status)

/**
 * Waits before another try: 0.05 to 0.15 s the first time (another process may be there), then longer, up to 15
 * to 45 s. Never the same time for all, so that those that were cut off together don't come back together.
 * Ends at once when the signal aborts.
 */
export const patience = async (retries: number, signal?: AbortSignal): Promise<void> => {
  const ms = Math.min(30_000, 100 * 2 ** retries) * (0.5 + Math.random())
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    if (signal?.aborted) done()
    else signal?.addEventListener('abort', done)
  })
}
