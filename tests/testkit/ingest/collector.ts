import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

export type CollectedItem = { event_id: string; time?: string; message?: string } & Record<string, unknown>
export type CollectorRequest = {
  readonly number: number
  readonly items: readonly CollectedItem[]
  readonly path: string
}

/**
 * Answers in place of the usual result; `hold` takes the items and never answers, as a server does that dies
 * just then.
 */
export type Reply = { status: number; headers?: Record<string, string>; body?: unknown } | 'hold' | undefined

export type Collector = AsyncDisposable & {
  readonly url: string
  /** Each accepted item once, by its id, as the real ingest counts. */
  readonly items: ReadonlyMap<string, CollectedItem>
  readonly requests: CollectorRequest[]
  reply: (request: CollectorRequest) => Reply
  /** Why an item is rejected, if it is. */
  judge: (item: CollectedItem) => { code: string; message: string } | undefined
  /** Requests that were never answered. */
  held: number
}

/**
 * A local stand-in for the ingest endpoint of another program: it keeps ids, and answers as the real one
 * does.
 */
export const startCollector = async (): Promise<Collector> => {
  const items = new Map<string, CollectedItem>()
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = gunzipSync(await buffer(request)).toString('utf8')
    const received = text.split('\n').map((line) => JSON.parse(line) as CollectedItem)
    const asked = { number: collector.requests.length + 1, items: received, path: request.url ?? '' }
    collector.requests.push(asked)
    const reply = collector.reply(asked)
    if (reply !== undefined && reply !== 'hold') {
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      response.end(JSON.stringify(reply.body ?? {}))
      return
    }
    const rejected = received.flatMap((item, index) => {
      const reason = collector.judge(item)
      return reason ? [{ index, ...reason }] : []
    })
    const bad = new Set(rejected.map(({ index }) => index))
    const good = received.filter((_, index) => !bad.has(index))
    const fresh = good.filter((item) => !items.has(item.event_id))
    for (const item of fresh) items.set(item.event_id, item)
    if (reply === 'hold') {
      collector.held += 1
      return
    }
    const body = {
      accepted: fresh.length,
      duplicates: good.length - fresh.length,
      rejected,
      requestId: 'test',
    }
    response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    items,
    requests: [],
    reply: () => undefined,
    judge: () => undefined,
    held: 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return collector
}

export const problem = (
  status: number,
  code: string,
  message: string,
  headers = {},
): Exclude<Reply, 'hold' | undefined> => ({
  status,
  headers,
  body: { error: { code, message, requestId: 'test' } },
})
