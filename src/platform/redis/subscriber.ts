import { EventEmitter } from 'node:events'
import type { Cluster, Redis } from 'ioredis'
import { underDeadline } from '../deadline.ts'
import type { Logger } from '../logger.ts'
import { ownersOf } from './cluster.ts'
import { slotOfChannel } from './slots.ts'

/** What is subscribed to. Of a single Redis it is its connection. */
export type Subscriber = Pick<EventEmitter, 'on' | 'off' | 'listenerCount'> & {
  /** `ready` when it takes subscriptions. The event `ready` asks for all of them anew. */
  readonly status: string
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  /** With `true` it connects again, and is `ready` then. */
  disconnect(reconnect?: boolean): void
}

/** Subscriptions in a cluster: each to the node that has its channel's slot. */
class ClusterSubscriber extends EventEmitter implements Subscriber {
  private readonly deps: ClusterSubscriberDeps
  private readonly nodes = new Map<string, Redis>()
  /** Of each slot. */
  private owners: readonly (string | undefined)[] = []

  constructor(deps: ClusterSubscriberDeps) {
    super()
    this.deps = deps
    // Any operation may be the one that finds slots moved, and what is opened here outlives its deadline.
    const follow = (): void => underDeadline(undefined, () => this.follow())
    deps.cluster.on('refresh', follow)
    if (deps.cluster.slots.length > 0) follow()
  }

  get status(): string {
    return [...this.nodes.values()].some((node) => node.status === 'ready') ? 'ready' : 'connecting'
  }

  /** One command a channel: those of two slots can't be in one, even where one node has both. */
  async subscribe(...channels: string[]): Promise<void> {
    await this.each(channels, (node, channel) => node.ssubscribe(channel))
  }
  async unsubscribe(...channels: string[]): Promise<void> {
    await this.each(channels, (node, channel) => node.sunsubscribe(channel))
  }
  disconnect(reconnect = false): void {
    for (const node of this.nodes.values()) node.disconnect(reconnect)
  }

  /** Rejects never: a node that is away, or does not take it, is told by `ready` when it is there again. */
  private async each(
    channels: string[],
    ask: (node: Redis, channel: string) => Promise<unknown>,
  ): Promise<void> {
    const { cluster, log } = this.deps
    const askOne = async (channel: string): Promise<void> => {
      const node = this.nodes.get(cluster.slots[slotOfChannel(channel)]?.[0] ?? '')
      if (node?.status !== 'ready') return
      await ask(node, channel).catch((error: unknown) => {
        log.debug(
          { err: error, channel },
          'a node did not take a subscription; its connection is opened again',
        )
        if (node.status === 'ready') node.disconnect(true)
      })
    }
    await Promise.all(channels.map(askOne))
  }

  /** Has one connection to each node that has slots. */
  private follow(): void {
    const owners = Array.from(this.deps.cluster.slots, (nodes) => nodes?.[0])
    const moved = this.owners.length > 0 && owners.some((owner, slot) => owner !== this.owners[slot])
    this.owners = owners
    const wanted = ownersOf(this.deps.cluster)
    for (const key of this.nodes.keys()) {
      if (wanted.has(key)) continue
      this.nodes.delete(key)
      this.deps.close(key)
    }
    for (const key of wanted) if (!this.nodes.has(key)) this.nodes.set(key, this.join(key))
    if (moved && this.status === 'ready') this.emit('ready')
  }

  private join(key: string): Redis {
    const { cluster, open } = this.deps
    const node = open(key)
    const lookAgain = (): void => cluster.refreshSlotsCache()
    node.on('ready', () => this.emit('ready'))
    node.on('smessage', (channel: string, text: string) => this.emit('message', channel, text))
    // Its slots may be another's now.
    node.on('close', lookAgain)
    node.on('moved', lookAgain) // ioredis' word for a SSUBSCRIBE that another node should have got
    // A node that gives slots away ends their subscriptions unasked, and ioredis calls that an error.
    node.on('error', () => node.status === 'ready' && node.disconnect(true))
    return node
  }
}

export type ClusterSubscriberDeps = {
  readonly cluster: Cluster
  readonly log: Logger
  /** Opens the subscriber's connection to a node (`host:port`), and closes it for good. */
  readonly open: (key: string) => Redis
  readonly close: (key: string) => void
}

export const createClusterSubscriber = (deps: ClusterSubscriberDeps): Subscriber =>
  new ClusterSubscriber(deps)
