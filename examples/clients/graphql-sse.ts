import { createClient, NetworkError, type Client, type ClientOptions } from 'graphql-sse'
import { patience, resumable, type Sink } from './resume.ts'

/** The request or its credential is wrong: the same again stays so. */
const REFUSED = new Set([400, 401, 403])

/**
 * graphql-sse notices the end of a response only while it waits for an event: an end that comes together with
 * the last event would leave it waiting for ever. An error it notices always.
 */
const endLoudly = async (...request: Parameters<typeof fetch>): Promise<Response> => {
  const response = await fetch(...request)
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response
  const loud = new TransformStream<Uint8Array, Uint8Array>({
    flush: (controller) => controller.error(new Error('The server has ended the stream.')),
  })
  return new Response(response.body?.pipeThrough(loud), response)
}

/** A client of graphql-sse, in both its modes, whose subscriptions go on after a break where they were. */
export const createResumingSseClient = <Single extends boolean = false>(
  options: ClientOptions<Single>,
): Pick<Client<Single>, 'subscribe' | 'dispose'> => {
  const client = createClient({ fetchFn: endLoudly, ...options, retryAttempts: 0 }) // retried below, whatever broke
  const subscribe = (request: Parameters<typeof client.subscribe>[0], sink: Sink<never>): (() => void) => {
    const leaving = new AbortController()
    let retries = 0
    const [own, events] = resumable(request, {
      next: (result) => {
        retries = 0
        sink.next(result as never)
      },
      complete: () => sink.complete(),
      error: (error) => {
        const { response } = error instanceof NetworkError ? error : {}
        if (REFUSED.has((response as Response | undefined)?.status ?? 0)) sink.error(error)
        else void again()
      },
    })
    const start = (): void =>
      leaving.signal.addEventListener('abort', client.subscribe(own, events), { once: true })
    const again = async (): Promise<void> => {
      await patience(retries++)
      if (!leaving.signal.aborted) start()
    }
    start()
    return () => leaving.abort()
  }
  return { subscribe, dispose: () => client.dispose() }
}
