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

/**
 * A request and a sink for `subscribe`. Clients send a request again after each break as it was first; this
 * one's variables always have the newest cursor as `after`. The operation declares `$after: String` and
 * `withStart: true`, hands `after` on, and selects `cursor` of the event and of `Resync`.
 */
export const resumable = <Q extends Request, R>(request: Q, sink: Sink<R>): [Q, Sink<R>] => {
  const variables: Record<string, unknown> = { ...request.variables }
  const next = (result: R): void => {
    const cursor = cursorOf(result as Result)
    if (cursor !== undefined) variables['after'] = cursor
    if (!slow(result as Result)) sink.next(result)
  }
  return [
    { ...request, variables },
    { next, error: (error) => sink.error(error), complete: () => sink.complete() },
  ]
}

/**
 * Waits before another try: at once the first time (another process may be there), then longer, up to 30 s.
 * Never the same time for all, so that those that were cut off together don't come back together.
 */
export const patience = async (retries: number): Promise<void> => {
  const ms = Math.min(30_000, 100 * 2 ** retries) * (0.5 + Math.random())
  await new Promise((resolve) => setTimeout(resolve, ms))
}
