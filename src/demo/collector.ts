import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { listenAt } from '../server/listen.ts'

const told = z.object({ data: z.object({ kind: z.string(), subject: z.string(), text: z.string() }) })
type Kept = z.infer<typeof told>['data'] & { readonly at: Date }

const HOST = '127.0.0.1'
/** The newest; older ones are in `notifications`. */
const MAX_KEPT = 100
const MAX_BYTES = 1 << 20

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const page = (messages: readonly Kept[]): string => {
  const items = messages.map(
    ({ kind, subject, text, at }) =>
      `<article class="${escaped(kind)}"><time>${at.toISOString()}</time><h2>${escaped(subject)}</h2><pre>${escaped(text)}</pre></article>`,
  )
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>Messages of the Heliograph demo</title>
<style>body{font:15px/1.4 system-ui;max-width:48rem;margin:2rem auto;padding:0 1rem}article{border-left:4px solid #2a2;padding:0 1rem;margin:1rem 0}
article.FIRING{border-color:#c33}article.TEST{border-color:#888}h2{font-size:1rem;margin:.2rem 0}time{color:#777}pre{white-space:pre-wrap;margin:0}</style>
<h1>Messages of the demo</h1><p>What a webhook was sent, newest first. Each was signed, and its signature held.</p>
${items.join('\n') || '<p>None yet: an incident opens every few minutes.</p>'}</html>`
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_BYTES) throw new RangeError('too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** A receiver of the demo's messages with a page that shows them, on a port of this machine's own. */
export const startDemoCollector = async () => {
  const kept: Kept[] = []
  let secret: string | undefined

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" }
    if (request.method === 'GET' && request.url === '/')
      return void response
        .writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' })
        .end(page(kept))
    if (request.method !== 'POST' || request.url !== '/hook' || secret === undefined)
      return void response.writeHead(404, headers).end()
    const body = await bodyOf(request)
    const { data } = told.parse(new Webhook(secret).verify(body, request.headers as Record<string, string>))
    kept.unshift({ ...data, at: new Date() })
    kept.length = Math.min(kept.length, MAX_KEPT)
    response.writeHead(204, headers).end()
  }
  const server = createServer((request, response) => {
    // What is not signed, or no message, is the sender's to know.
    answer(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)))
  })
  const url = await listenAt(server, 0, HOST)
  const { port } = server.address() as AddressInfo
  return {
    url,
    hook: `${url}/hook`,
    /** Where channels may lead so that it is reached, and nothing else of this machine. */
    networks: [[ipaddr.parse(HOST), 32, port] as const],
    verifyBy: (shown: string): void => void (secret = shown),
    stop: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

export type DemoCollector = Awaited<ReturnType<typeof startDemoCollector>>
