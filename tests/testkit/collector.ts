import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as a receiver got it. */
export type Received = {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly atMs: number
}
type Answer = (request: Received, response: ServerResponse) => void

/** A receiver of HTTP on this machine that keeps what it gets. `answer` decides; 204 unless told. */
export const startCollector = async (
  answer: Answer = (_request, response) => response.writeHead(204).end(),
) => {
  const received: Received[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    response.on('error', () => response.destroy()) // who sends has hung up
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = request.headers as Record<string, string>
      const body = Buffer.concat(chunks).toString('utf8')
      const got = { path: request.url!, headers, body, atMs: performance.now() }
      received.push(got)
      answer(got, response)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    /** What came to one path. */
    at: (path: string) => received.filter((each) => each.path === path),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
