import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Both sides of a connection, each of which ends by itself, as the HTTP server has them. */
export const wirePair = async (): Promise<{ client: Socket; wire: Socket }> => {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const come = once(server, 'connection')
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const [wire] = (await come) as [Socket]
  onTestFinished(() => {
    client.destroy()
    wire.destroy()
    server.close()
  })
  return { client, wire }
}
