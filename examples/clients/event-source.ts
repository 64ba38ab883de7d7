import { isRefusal, patience, resume, type Request, type Result, type Sink } from './resume.ts'

/**
 * What the server says to a request that an EventSource has given up: nothing when it is away, or answers
 * events again. An EventSource itself doesn't tell.
 */
const refusalOf = async (url: string, signal: AbortSignal): Promise<string | undefined> => {
  try {
    const response = await fetch(url, { headers: { accept: 'text/event-stream' }, signal })
    void response.body?.cancel()
    const type = response.headers.get('content-type') ?? ''
    // A page, as one to sign in, is as little a stream as a refusal is.
    const isOther = response.ok && !type.startsWith('text/event-stream')
    return isOther || isRefusal(response.status) ? `The server answers ${response.status} ${type}` : undefined
  } catch {
    return undefined // nobody there, or nobody who still asks
  }
}

/**
 * A subscription by a browser's own EventSource, which comes back by itself and then says the last `id:` that
 * it got. It sends no headers: `url` is of your own site, which adds the key on the way to `/graphql`. What
 * stays refused, as a key that was revoked, goes to `sink.error`.
 */
export const subscribeByEventSource = (
  url: string,
  request: Request & { readonly query: string },
  sink: Sink<Result>,
): (() => void) =>
  resume(request, sink, ({ query, variables }, events) => {
    const leaving = new AbortController()
    let source: EventSource | undefined
    let retries = 0

    const open = (): void => {
      const search = new URLSearchParams({ query, variables: JSON.stringify(variables) })
      const address = `${url}?${search.toString()}`
      source = new EventSource(address)
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
        if (source?.readyState === EventSource.CLOSED) void again(address)
      })
    }
    const again = async (address: string): Promise<void> => {
      const refusal = await refusalOf(address, leaving.signal)
      if (refusal === undefined) await patience(retries++, leaving.signal)
      if (leaving.signal.aborted) return
      if (refusal === undefined) open()
      else events.error(new Error(refusal))
    }
    open()
    return () => {
      leaving.abort()
      source?.close()
    }
  })
