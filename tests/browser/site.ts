import { once } from 'node:events'
import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A site of one's own, as docs/realtime.md wants one for an EventSource: it adds the key to what its pages ask. */
export const openSite = async (program: string, key: string) => {
  const streams = new Set<ServerResponse>()
  /** `Last-Event-ID` of each stream that a page asked for. */
  const places: (string | undefined)[] = []
  const server = createServer((asked, answer) => {
    if (!asked.url?.startsWith('/graphql'))
      return answer.setHeader('content-type', 'text/html').end('<!doctype html>')
    places.push([asked.headers['last-event-id']].flat()[0])
    streams.add(answer)
    const headers = { ...asked.headers, authorization: `Bearer ${key}` }
    const passed = request(`${program}${asked.url}`, { headers }, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers)
      from.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    answer.on('close', () => {
      streams.delete(answer)
      passed.destroy()
    })
    passed.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    places,
    /** Breaks all streams off in the middle. */
    cut: () => streams.forEach((stream) => stream.destroy()),
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
