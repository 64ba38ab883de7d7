import { expect } from 'vitest'
import { openAcknowledged } from './raw-socket.ts'
import { eventually, settled } from './waiters.ts'

const LIVE = { query: 'subscription { tenantViewers { viewers } }' }

export type Live = {
  /**
   * How the connection ended: code and reason of a close frame, else 'ended' or 'cut'. Fails when it goes on
   * for longer.
   */
  ended(withinMs: number): Promise<string>
  isOpen(): boolean
  close(): void
}

const overWebSocket = async (url: string, credential: string): Promise<Live> => {
  const raw = await openAcknowledged(url, credential)
  raw.subscribe('1', LIVE.query)
  expect(await raw.next()).toMatchObject({ type: 'next', payload: { data: { tenantViewers: {} } } })
  return { ended: (withinMs) => raw.closed(withinMs), isOpen: raw.isOpen, close: raw.cut }
}

/** A response that goes on, and what it has said. */
const follow = (response: Response, leaving: AbortController) => {
  expect(response.status).toBe(200)
  let text = ''
  let open = true
  const read = async (): Promise<string> => {
    try {
      for await (const part of response.body!) text += Buffer.from(part).toString()
      return 'ended'
    } catch {
      return 'cut' // a connection that is closed under a chunked body fails the read
    } finally {
      open = false
    }
  }
  const end = read()
  const live: Live = {
    ended: (withinMs) => settled(end, withinMs, 'the end of the stream'),
    isOpen: () => open,
    close: () => leaving.abort(),
  }
  return { live, said: () => text }
}

const headersOf = (credential: string): Record<string, string> => ({
  authorization: `Bearer ${credential}`,
  'content-type': 'application/json',
})

const overSse = async (url: string, credential: string): Promise<Live> => {
  const leaving = new AbortController()
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { ...headersOf(credential), accept: 'text/event-stream' },
    body: JSON.stringify(LIVE),
    signal: leaving.signal,
  })
  const { live, said } = follow(response, leaving)
  await eventually(() => expect(said()).toContain('tenantViewers'))
  return live
}

const overOneStream = async (url: string, credential: string): Promise<Live> => {
  const stream = `${url}/graphql/stream`
  const headers = headersOf(credential)
  const reserved = await fetch(stream, { method: 'PUT', headers })
  headers['x-graphql-event-stream-token'] = await reserved.text()
  const leaving = new AbortController()
  const response = await fetch(stream, {
    headers: { ...headers, accept: 'text/event-stream' },
    signal: leaving.signal,
  })
  const { live, said } = follow(response, leaving)
  const body = JSON.stringify({ ...LIVE, extensions: { operationId: '1' } })
  const operation = await fetch(stream, { method: 'POST', headers, body })
  expect(operation.status).toBe(202)
  await operation.body?.cancel()
  await eventually(() => expect(said()).toContain('tenantViewers'))
  return live
}

/** Opens a connection with a live operation that has said its first value. */
export const openLive = {
  WebSocket: overWebSocket,
  SSE: overSse,
  'one SSE stream of many operations': overOneStream,
} as const
export const liveRoads = ['WebSocket', 'SSE', 'one SSE stream of many operations'] as const
