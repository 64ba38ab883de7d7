import { once } from 'node:events'
import { WebSocket } from 'ws'
import { overOneStream } from './one-stream.ts'
import type { Operation, RoadName } from './operations.ts'

/** What came back: results of GraphQL as texts, and what the transport itself said. */
export type Heard = {
  readonly results: string[]
  status?: number
  /** Code with which a WebSocket was closed. */
  closed?: number
  /** Whether an event stream was cut off. */
  cut?: true
  /** A text that is no result where one was due. */
  other?: string
}

/** An operation on its way. A live one goes on until `end`. */
export type Flight = { readonly heard: Promise<Heard>; readonly end: () => void }
export type Road = (operation: Operation, credential: string | undefined) => Flight

export const headersOf = (
  { address }: Operation,
  credential: string | undefined,
): Record<string, string> => ({
  'x-forwarded-for': address,
  'content-type': 'application/json',
  ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
})

const addressOf = (url: string, { mode, query, variables, operationName }: Operation): string => {
  const text = JSON.stringify(variables)
  // In an address the variables are a text of their own, which can be cut.
  const cut =
    mode === 'wrong' && query.length % 5 === 0 ? text.slice(0, 1 + (query.length % text.length)) : text
  const search = new URLSearchParams({ query, variables: cut })
  if (operationName !== undefined) search.set('operationName', operationName)
  return `${url}/graphql?${String(search)}`
}

/** Longer ones are no request any more for Node's parser of HTTP. */
const LONGEST_ADDRESS = 12_000

const overHttp =
  (url: string, method: 'GET' | 'POST'): Road =>
  (operation, credential) => {
    const ask = async (): Promise<Heard> => {
      const headers = { ...headersOf(operation, credential), accept: operation.accept }
      const inAddress = method === 'GET' && operation.isRequest ? addressOf(url, operation) : undefined
      const response =
        inAddress !== undefined && inAddress.length < LONGEST_ADDRESS
          ? await fetch(inAddress, { headers })
          : await fetch(`${url}/graphql`, { method: 'POST', headers, body: operation.body })
      return { status: response.status, results: [await response.text()] }
    }
    return { heard: ask(), end: () => undefined }
  }

const overSse =
  (url: string, path: string): Road =>
  (operation, credential) => {
    const leaving = new AbortController()
    const ask = async (): Promise<Heard> => {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { ...headersOf(operation, credential), accept: 'text/event-stream' },
        body: operation.body,
        signal: leaving.signal,
      })
      const heard: Heard = { status: response.status, results: [] }
      let text = ''
      try {
        for await (const part of response.body!) text += Buffer.from(part).toString()
      } catch {
        if (!leaving.signal.aborted) heard.cut = true
      }
      if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
        return { ...heard, results: [text] }
      // What was cut off by leaving is no event.
      for (const event of text.split('\n\n').slice(0, -1)) {
        const [, name = '', data = ''] = /^event: (\w+)\n(?:id: .*\n)?data: ?(.*)$/.exec(event) ?? []
        if (name === 'next') heard.results.push(data)
        else if (name !== 'complete' && !/^(:|retry: \d+$)/.test(event)) heard.other = event
      }
      return heard
    }
    const heard = ask().catch((error: unknown) => {
      if (leaving.signal.aborted) return { results: [] }
      throw error
    })
    return { heard, end: () => leaving.abort() }
  }

type Waiting = { readonly heard: Heard; readonly resolve: () => void }

/** One socket of a credential, and the next one when it was closed. */
const openSocket = async (url: string, operation: Operation, credential: string | undefined) => {
  const headers = { 'x-forwarded-for': operation.address }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers })
  const waiting = new Map<string, Waiting>()
  await once(socket, 'open')
  const payload = credential === undefined ? {} : { authorization: `Bearer ${credential}` }
  socket.send(JSON.stringify({ type: 'connection_init', payload }))
  const closed = once(socket, 'close')
  await Promise.race([once(socket, 'message'), closed])
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { id: string; type: string; payload: unknown }
    const { heard, resolve } = waiting.get(message.id) ?? {}
    if (message.type === 'next') heard?.results.push(JSON.stringify(message.payload))
    else if (message.type === 'error') heard?.results.push(JSON.stringify({ errors: message.payload }))
    else if (message.type !== 'complete' && heard) heard.other = data.toString()
    if (message.type !== 'next') resolve?.()
  })
  socket.on('close', (code: number) => {
    for (const { heard, resolve } of waiting.values()) {
      heard.closed = code
      resolve()
    }
  })
  return { socket, waiting, close: () => socket.close() }
}
type Socket = Awaited<ReturnType<typeof openSocket>>

const overWebSocket = (url: string) => {
  const sockets = new Map<string, Promise<Socket>>()
  let count = 0
  const socketFor = async (operation: Operation, credential: string | undefined): Promise<Socket> => {
    // What may get its socket closed takes one of its own.
    if (!operation.isRequest || operation.body.length > 100_000) return openSocket(url, operation, credential)
    const name = credential ?? ''
    const known = await sockets.get(name)
    if (known?.socket.readyState === WebSocket.OPEN) return known
    const opened = openSocket(url, operation, credential)
    sockets.set(name, opened)
    return opened
  }
  const road: Road = (operation, credential) => {
    const id = String((count += 1))
    const heard: Heard = { results: [] }
    let leave: (() => void) | undefined
    let left = false
    const ask = async (): Promise<Heard> => {
      const on = await socketFor(operation, credential)
      const { socket, waiting } = on
      if (left) return heard
      await new Promise<void>((resolve) => {
        waiting.set(id, { heard, resolve })
        if (socket.readyState !== WebSocket.OPEN) {
          heard.closed = 4403 // refused before anything was asked
          return resolve()
        }
        socket.send(`{"id":"${id}","type":"subscribe","payload":${operation.body || '""'}}`)
        leave = () => {
          socket.send(JSON.stringify({ id, type: 'complete' }))
          resolve()
        }
      })
      waiting.delete(id)
      if (!operation.isRequest) socket.close()
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
    for (const opened of sockets.values()) (await opened).close()
    sockets.clear()
  }
  return { road, close }
}

/** The ways that lead to the graph, kept open for one round. */
export const openRoads = (url: string) => {
  const webSocket = overWebSocket(url)
  const sseAtStream = overSse(url, '/graphql/stream')
  const oneStream = overOneStream(url, sseAtStream)
  const roads: Record<RoadName, Road> = {
    HTTP: overHttp(url, 'POST'),
    GET: overHttp(url, 'GET'),
    WebSocket: webSocket.road,
    SSE: overSse(url, '/graphql'),
    'SSE at /graphql/stream': sseAtStream,
    'one SSE stream of many': oneStream.road,
  }
  const close = async (): Promise<void> => {
    await webSocket.close()
    await oneStream.close()
  }
  return { roads, close }
}
