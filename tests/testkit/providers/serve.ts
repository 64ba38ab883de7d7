import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Call = { request: IncomingMessage; response: ServerResponse; url: URL; form: URLSearchParams }
export type Handler = (call: Call) => void | Promise<void>

/** A server on a free port of this machine; what listens to it can be made when its address is known. */
export const serve = async (make: (origin: string) => RequestListener) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  server.on('request', make(origin))
  return {
    origin,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** One handler a path; `handlers` may be changed while it serves. */
export const route =
  (handlers: Map<string, Handler>): RequestListener =>
  async (request, response) => {
    const url = new URL(request.url!, 'http://localhost')
    let body = ''
    for await (const part of request) body += String(part)
    const handler = handlers.get(url.pathname)
    if (handler) await handler({ request, response, url, form: new URLSearchParams(body) })
    else response.writeHead(404).end()
  }

export const json = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
