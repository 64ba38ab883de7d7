import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { SseStream } from '../../src/graphql/plugins/sse-stream.ts'

/** The answer to a real request, whose response is the stream; nothing of its body is read yet. */
export const answerWith = async (stream: SseStream) => {
  const server = createServer((_request, response) => stream.attach(response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const asked = request({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  asked.on('error', () => undefined) // the end of the test
  asked.end()
  const [response] = (await once(asked, 'response')) as [AsyncIterable<Buffer>]
  return {
    /** All that comes, as it comes. */
    read: () => response,
    /** All of it, once it has ended. */
    text: async (): Promise<string> => {
      let text = ''
      for await (const part of response) text += part.toString()
      return text
    },
  }
}
