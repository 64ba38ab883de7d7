import type { Operation } from './operations.ts'
import { headersOf, type Heard, type Road } from './roads.ts'

type Waiting = { readonly heard: Heard; readonly resolve: () => void }
type Stream = {
  readonly token: string
  readonly waiting: Map<string, Waiting>
  readonly isOpen: () => boolean
  readonly close: () => void
}

/** Opens a stream of a credential; undefined for one that may have none. */
const openStream = async (
  url: string,
  operation: Operation,
  credential: string,
): Promise<Stream | undefined> => {
  const headers = headersOf(operation, credential)
  const reserved = await fetch(url, { method: 'PUT', headers })
  const token = await reserved.text()
  if (reserved.status !== 201) return undefined
  const leaving = new AbortController()
  const response = await fetch(url, {
    headers: { ...headers, accept: 'text/event-stream', 'x-graphql-event-stream-token': token },
    signal: leaving.signal,
  })
  const waiting = new Map<string, Waiting>()
  const take = (event: string): void => {
    const [, name, data] = /^event: (\w+)\n(?:id: .*\n)?data: (.*)$/.exec(event) ?? []
    if (data === undefined) return
    const { id, payload } = JSON.parse(data) as { id: string; payload?: unknown }
    if (name === 'next') waiting.get(id)?.heard.results.push(JSON.stringify(payload))
    else waiting.get(id)?.resolve()
  }
  let open = true
  const read = async (): Promise<void> => {
    let text = ''
    try {
      for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
        const events = (text + part).split('\n\n')
        text = events.pop()!
        for (const event of events) take(event)
      }
    } catch {
      // cut, by us or because the credential is no more
    }
    open = false
    for (const { heard, resolve } of waiting.values()) {
      heard.cut = true
      resolve()
    }
  }
  void read()
  return { token, waiting, isOpen: () => open, close: () => leaving.abort() }
}

/** One stream of a credential for all its operations; what can't go that way goes by `other`. */
export const overOneStream = (server: string, other: Road) => {
  const url = `${server}/graphql/stream`
  const streams = new Map<string, Promise<Stream | undefined>>()
  let count = 0
  const streamFor = async (operation: Operation, credential: string): Promise<Stream | undefined> => {
    const known = streams.get(credential)
    if (known && (await known)?.isOpen()) return known
    // Whoever comes meanwhile may have opened the next one.
    if (known && streams.get(credential) !== known) return streams.get(credential)
    const opened = openStream(url, operation, credential)
    streams.set(credential, opened)
    return opened
  }
  const road: Road = (operation, credential) => {
    if (credential === undefined || !operation.isRequest) return other(operation, credential)
    const id = String((count += 1))
    const heard: Heard = { results: [] }
    let leave: (() => void) | undefined
    let left = false
    const ask = async (): Promise<Heard> => {
      const stream = await streamFor(operation, credential)
      if (!stream) return { results: [], cut: true }
      if (left) return heard
      const headers = { ...headersOf(operation, credential), 'x-graphql-event-stream-token': stream.token }
      // As text: what JSON can say and no number of ours is would be lost.
      const body = operation.body.replace(/\}$/, `,"extensions":{"operationId":"${id}"}}`)
      const done = new Promise<void>((resolve) => stream.waiting.set(id, { heard, resolve }))
      const response = await fetch(url, { method: 'POST', headers, body })
      const text = await response.text()
      if (response.status !== 202) {
        stream.waiting.delete(id)
        return { status: response.status, results: [text] }
      }
      leave = () => {
        stream.waiting.get(id)?.resolve()
        void fetch(`${url}?operationId=${id}`, { method: 'DELETE', headers }).catch(() => undefined)
      }
      if (left) leave()
      if (!stream.isOpen()) return { results: heard.results, cut: true }
      await done
      stream.waiting.delete(id)
      return heard
    }
    return {
      heard: ask(),
      end: () => {
        left = true
        leave?.()
      },
    }
  }
  const close = async (): Promise<void> => {
    for (const stream of streams.values()) (await stream)?.close()
    streams.clear()
  }
  return { road, close }
}
