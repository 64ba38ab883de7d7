import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

const join = (client: Socket, program: Socket): void => {
  client.pipe(program).pipe(client)
  client.once('close', () => program.destroy())
  program.once('close', () => client.destroy())
}

/**
 * One address for several programs, as a load balancer has it: each connection goes to the first program that
 * takes it, and is cut when there is none.
 */
export const startBalancer = async () => {
  let targets: URL[] = []
  const open = new Set<Socket>()

  const route = ([target, ...others]: readonly URL[], client: Socket): void => {
    if (!target) return void client.destroy()
    const program = connect(Number(target.port), target.hostname)
    const next = (): void => route(others, client)
    program.once('error', next)
    program.once('connect', () => {
      program.off('error', next)
      program.on('error', () => undefined) // the close tells
      join(client, program)
    })
  }
  const server = createServer((client) => {
    open.add(client)
    client.on('error', () => undefined) // the close tells
    client.once('close', () => open.delete(client))
    route(targets, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** New connections go to these, the first that answers; open ones stay where they are. */
    to: (...urls: readonly string[]): void => void (targets = urls.map((url) => new URL(url))),
    close: (): void => {
      for (const client of open) client.destroy()
      server.close()
    },
  }
}
