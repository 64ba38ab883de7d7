import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** The direction of what is lost: on the way to the store, on the way back, or both. */
export type Way = 'to the store' | 'from the store' | 'both'

export type Fault =
  /** Open connections end, as a process that dies (`RST`) or leaves (`FIN`) ends them; so does each new one. */
  | { readonly kind: 'cut'; readonly how: 'RST' | 'FIN' }
  /** Everything arrives, each way so many milliseconds later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /**
   * Half-open: bytes are lost, also the news of an end; nobody is told. A connection that lost some is dead
   * for good, also after `heal`, as after a packet filter that forgot it. `newOnes` are hit too, unless false:
   * then they work at once.
   */
  | { readonly kind: 'swallow'; readonly way: Way; readonly newOnes?: boolean }

export type Proxy = {
  /** The URL that was given, with this proxy in place of its host and port. */
  readonly url: string
  fault(fault: Fault): void
  /** New connections work from now on. What was cut or swallowed stays so. */
  heal(): void
  /** Dead connections that their clients have not ended. */
  dead(): number
  close(): Promise<void>
}

type Link = { readonly client: Socket; readonly store: Socket; lost: Way | undefined }

/** A plain TCP proxy before a store on 127.0.0.1, whose line can be broken in every way that a line breaks. */
export const startProxy = async (storeUrl: string): Promise<Proxy> => {
  const target = new URL(storeUrl)
  const links = new Set<Link>()
  let current: Fault | undefined

  const carry = (link: Link, from: Socket, to: Socket, way: Way): void => {
    const passes = (): boolean => link.lost !== 'both' && link.lost !== way
    // In order, since timers of one length fire in order; what is on its way is lost by a fault that comes meanwhile.
    const later = (deliver: () => void): void => {
      const ms = current?.kind === 'delay' ? current.ms : 0
      if (ms === 0) deliver()
      else setTimeout(() => passes() && !to.destroyed && deliver(), ms)
    }
    from.on('data', (bytes: Buffer) => {
      if (!passes()) return
      later(() => {
        if (to.write(bytes)) return
        from.pause()
        to.once('drain', () => from.resume())
      })
    })
    from.on('end', () => passes() && later(() => to.end()))
    from.on('error', () => passes() && to.resetAndDestroy())
  }

  const cut = ({ client, store }: Link, how: 'RST' | 'FIN'): void => {
    if (how === 'RST') {
      client.resetAndDestroy()
      store.resetAndDestroy()
    } else {
      client.end()
      store.end()
    }
  }

  const apply = (link: Link): void => {
    if (current?.kind === 'cut') cut(link, current.how)
    if (current?.kind === 'swallow') link.lost = current.way
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const store = connect({
      host: target.hostname,
      port: Number(target.port),
      allowHalfOpen: true,
      noDelay: true,
    })
    const link: Link = { client, store, lost: undefined }
    links.add(link)
    carry(link, client, store, 'to the store')
    carry(link, store, client, 'from the store')
    // The store's side of a dead link stays: nobody tells the store either.
    client.once('close', () => {
      if (link.lost === undefined) links.delete(link)
    })
    if (current?.kind !== 'swallow' || current.newOnes !== false) apply(link)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as { port: number }

  return {
    url: Object.assign(new URL(storeUrl), { host: `127.0.0.1:${address.port}` }).href,
    fault: (fault) => {
      current = fault
      for (const link of links) apply(link)
    },
    heal: () => {
      current = undefined
    },
    dead: () =>
      [...links].filter(({ client, lost }) => lost && !client.readableEnded && !client.destroyed).length,
    close: async () => {
      server.close()
      for (const link of links) cut(link, 'RST')
      await once(server, 'close')
    },
  }
}
