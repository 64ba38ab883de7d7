import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { WebSocketServer } from 'ws'

/** What the publisher of bare servers and of stock publishes to. */
export const CHANNEL = 'bench'

export const listening = async (http: Server): Promise<{ port: number }> => {
  http.listen(0, '127.0.0.1', 4_096)
  await once(http, 'listening')
  return { port: (http.address() as AddressInfo).port }
}

/** A connection that is ready: ioredis asks for its facts at first, which it may not once it has subscribed. */
export const connected = async (): Promise<Redis> => {
  const redis = new Redis(process.env.BENCH_REDIS_URL!)
  await once(redis, 'ready')
  return redis
}

/** Calls with each message of the channel, which is the text that a client gets. */
const hear = async (onText: (text: string) => void): Promise<Redis> => {
  const redis = await connected()
  redis.on('message', (_channel, text: string) => onText(text))
  await redis.subscribe(CHANNEL)
  return redis
}

/** What can't be beaten without fewer writes: each text to each socket in a plain loop. */
export const serveBareWs = async () => {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
  const redis = await hear((text) => {
    for (const socket of sockets.clients) socket.send(text)
  })
  const stop = async (): Promise<void> => {
    await redis.quit()
    for (const socket of sockets.clients) socket.terminate()
    http.close()
  }
  return { told: await listening(http), stop }
}

type Said = { readonly type: string; readonly id?: string }
const BEGINS = { data: { incidentChanged: { reason: 'STARTED', cursor: '1700000000000-0' } } }

/** The three messages of a subscription and nothing behind them: no key, no document, no source. */
export const serveBareSpoken = async () => {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
  sockets.on('connection', (socket) => {
    socket.on('message', (bytes: Buffer) => {
      const { type, id } = JSON.parse(bytes.toString()) as Said
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}')
      if (type === 'subscribe') socket.send(JSON.stringify({ id, type: 'next', payload: BEGINS }))
    })
  })
  const stop = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate()
    http.close()
    await once(http, 'close')
  }
  return { told: await listening(http), stop }
}

/** The same of event streams. */
export const serveBareSse = async () => {
  const responses = new Set<ServerResponse>()
  const http = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    responses.add(response)
    response.once('close', () => responses.delete(response))
  })
  const redis = await hear((text) => {
    for (const response of responses) response.write(text)
  })
  const stop = async (): Promise<void> => {
    await redis.quit()
    http.closeAllConnections()
    http.close()
  }
  return { told: await listening(http), stop }
}
