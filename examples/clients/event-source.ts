import { patience, resumable, type Request, type Result, type Sink } from './resume.ts'

/**
 * A subscription by a browser's own EventSource, which comes back by itself and then says the last `id:` that
 * it got. It sends no headers: `url` is of your own site, which adds the key on the way to `/graphql`.
 */
export const subscribeByEventSource = (
  url: string,
  request: Request & { readonly query: string },
  sink: Sink<Result>,
): (() => void) => {
  const [{ query, variables }, events] = resumable(request, sink)
  let source: EventSource | undefined
  let retries = 0
  let left = false

  const open = (): void => {
    const search = new URLSearchParams({ query, variables: JSON.stringify(variables) })
    source = new EventSource(`${url}?${search.toString()}`)
    source.addEventListener('next', ({ data }: MessageEvent<string>) => {
      retries = 0
      events.next(JSON.parse(data) as Result)
    })
    source.addEventListener('complete', () => {
      source?.close()
      events.complete()
    })
    // A browser gives up for good when the answer is no stream, as a 503 in the middle of a restart.
    source.addEventListener('error', () => {
      if (source?.readyState === EventSource.CLOSED) void patience(retries++).then(() => left || open())
    })
  }
  open()
  return () => {
    left = true
    source?.close()
  }
}
