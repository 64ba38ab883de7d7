import { createClient, NetworkError, TOKEN_HEADER_KEY, type Client, type ClientOptions } from 'graphql-sse'
import { isRefusal, patience, resume, type Sink } from './resume.ts'

/** Answers to requests about one stream of many operations. */
const ofStream = new WeakSet<object>()

/**
 * Any break is worth another try, and no error of another kind, as one of the program around. So is a 404 of a
 * stream that its process no longer has, but not of an address that there is not.
 */
const isPassing = (error: unknown): boolean => {
  if (!(error instanceof NetworkError)) return false
  const response = error.response as Response | undefined
  if (!response) return true
  return !isRefusal(response.status) || (response.status === 404 && ofStream.has(response))
}

/**
 * graphql-sse notices the end of a response, and takes an error of it for a break, only while it waits for an
 * event: an end that comes together with the last event would leave it waiting for ever.
 */
const endLoudly = (response: Response): Response => {
  const reader = response.body!.getReader()
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const { done, value } = await reader.read()
      if (done) throw new Error('The server has ended the stream.')
      controller.enqueue(value)
    } catch (error) {
      controller.error(new NetworkError(error as Error))
    }
  }
  return new Response(new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }), response)
}

const fetchLoudly =
  (fetchFn: typeof fetch): typeof fetch =>
  async (url, init) => {
    const response = await fetchFn(url, init)
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) return endLoudly(response)
    if (new Headers(init?.headers).has(TOKEN_HEADER_KEY)) ofStream.add(response)
    return response
  }

/**
 * A client of graphql-sse, in both its modes, whose subscriptions go on after a break where they were. What
 * stays refused, as a wrong address or credential, goes to `sink.error`.
 */
export const createResumingSseClient = <Single extends boolean = false>(
  options: ClientOptions<Single>,
): Pick<Client<Single>, 'subscribe' | 'dispose'> => {
  const fetchFn = fetchLoudly((options.fetchFn as typeof fetch | undefined) ?? fetch)
  const client = createClient({ ...options, fetchFn, retryAttempts: 0 }) // retried below
  const disposing = new AbortController()

  const keepUp: typeof client.subscribe = (request, sink) => {
    const leaving = new AbortController()
    const over = AbortSignal.any([leaving.signal, disposing.signal])
    let leave: (() => void) | undefined
    let retries = 0
    const events: typeof sink = {
      next: (result) => {
        retries = 0
        sink.next(result)
      },
      complete: () => sink.complete(),
      error: (error) => {
        if (isPassing(error)) return void again()
        leave?.() // after an error of its own graphql-sse would read on
        sink.error(error)
      },
    }
    const start = (): void => void (leave = client.subscribe(request, events))
    const again = async (): Promise<void> => {
      await patience(retries++, over)
      if (over.aborted) sink.complete()
      else start()
    }
    start()
    return () => {
      leaving.abort()
      leave?.()
    }
  }
  return {
    subscribe: (request, sink) => resume(request, sink as Sink<never>, keepUp as never),
    dispose: () => {
      disposing.abort()
      client.dispose()
    },
  }
}
