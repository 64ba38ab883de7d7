import { once } from 'node:events'
import { WebSocket } from 'ws'
import { bodyOf, type Attack } from './attacks.ts'

export type Target = { readonly url: string; readonly key: string }
/**
 * Sends an attack and answers the code of what came of it: of the first error, or the close code of the
 * socket.
 */
export type Road = (attack: Attack) => Promise<string>

type Errors = readonly { extensions?: { code?: string } }[]
const codeOf = (errors: Errors | undefined): string => errors?.[0]?.extensions?.code ?? 'answered!'
const codeIn = (text: string): string => codeOf((JSON.parse(text) as { errors?: Errors }).errors)

const post = async ({ url, key }: Target, attack: Attack, path: string, accept: string): Promise<string> => {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept },
    body: bodyOf(attack),
  })
  return response.text()
}

/** The first event; the answer itself where a request is refused before it is a stream. */
const event = (text: string): string => /^data: (.+)$/m.exec(text)?.[1] ?? text

/** One socket for all attacks, and the next one when it was closed. */
const overWebSocket = ({ url, key }: Target): Road => {
  let socket: WebSocket | undefined
  const open = async (): Promise<WebSocket> => {
    const opened = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    await once(opened, 'open')
    opened.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }))
    await once(opened, 'message')
    return opened
  }
  let count = 0
  return async (attack) => {
    if (socket?.readyState !== WebSocket.OPEN) socket = await open()
    const id = String((count += 1))
    const told = new Promise<string>((resolve) => {
      socket!.once('close', (code: number) => resolve(String(code)))
      socket!.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { id: string; type: string; payload: never }
        if (message.id !== id || message.type === 'complete') return
        resolve(message.type === 'error' ? codeOf(message.payload) : codeIn(JSON.stringify(message.payload)))
      })
    })
    socket.send(`{"id":"${id}","type":"subscribe","payload":${bodyOf(attack)}}`)
    const code = await told
    socket.removeAllListeners()
    return code
  }
}

/** The ways that lead to the graph. */
export const roadsTo = (target: Target): Readonly<Record<string, Road>> => ({
  HTTP: async (attack) => codeIn(await post(target, attack, '/graphql', 'application/json')),
  WebSocket: overWebSocket(target),
  SSE: async (attack) => codeIn(event(await post(target, attack, '/graphql', 'text/event-stream'))),
  'SSE at /graphql/stream': async (attack) =>
    codeIn(event(await post(target, attack, '/graphql/stream', 'text/event-stream'))),
})
export const roadNames = ['HTTP', 'WebSocket', 'SSE', 'SSE at /graphql/stream'] as const
