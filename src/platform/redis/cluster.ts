import { Cluster, type Command, type Redis, type RedisOptions } from 'ioredis'
import { splitPipelines } from './parts.ts'

/** How often the nodes are asked who has which slots, in milliseconds; at once when a node says it has not. */
const REFRESH_MS = 10_000

/** `host:port`, as ioredis calls a node. */
export const addressOf = ({ options }: Redis): string => `${options.host}:${options.port}`

/** The nodes that have slots. */
export const ownersOf = (cluster: Cluster): ReadonlySet<string> =>
  new Set(cluster.slots.map((nodes) => nodes[0]).filter((owner) => owner !== undefined))

/**
 * A client of a cluster. It follows slots that move, and sends again what a node refused because of that. As
 * with one Redis, what may have been executed is not sent again. With `waits` a command waits for the first
 * connection.
 */
export const openCluster = (options: {
  readonly start: { host: string; port: number }[]
  readonly node: RedisOptions
  readonly retryMs: (attempt: number) => number
  readonly waits: boolean
}): Cluster => {
  const { start, node, retryMs, waits } = options
  const cluster = new Cluster(start, {
    clusterRetryStrategy: retryMs,
    enableOfflineQueue: false,
    retryDelayOnFailover: 0, // it would send again what the lost node may have executed
    slotsRefreshInterval: REFRESH_MS,
    dnsLookup: (name, done) => done(null, name), // the socket looks it up, and TLS compares the name
    redisOptions: node,
  })
  splitPipelines(cluster)
  if (waits) waitForFirst(cluster, node.connectTimeout ?? 0)
  return cluster
}

/** Between its start and its first connection it would refuse what is sent. */
const waitForFirst = (cluster: Cluster, timeoutMs: number): void => {
  const send = cluster.sendCommand.bind(cluster)
  let waiting = true
  const first = new Promise<void>((resolve) => {
    const over = (): void => {
      waiting = false
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(over, timeoutMs)
    cluster.once('ready', over).once('close', over).once('end', over)
  })
  cluster.sendCommand = (command: Command, ...rest) => {
    if (!waiting || command.name === 'cluster') return send(command, ...rest)
    void first.then(() => void send(command, ...rest)) // whoever sent it has its promise
    return command.promise
  }
}

/** Asks each node that has slots. Rejects when one does not answer, or slots have no node. */
export const pingCluster = async (cluster: Cluster): Promise<void> => {
  const nodes = new Map(cluster.nodes().map((node) => [addressOf(node), node]))
  const answers = [...ownersOf(cluster)].map(async (key) => {
    const node = nodes.get(key)
    if (!node) throw new Error(`the node ${key} is away`)
    return node.ping()
  })
  try {
    await Promise.all(answers)
  } catch (error) {
    cluster.refreshSlotsCache() // its slots may be another's by now
    throw error
  }
  const info = await cluster.cluster('INFO')
  if (!info.includes('cluster_state:ok') || !info.includes('cluster_slots_assigned:16384'))
    throw new Error('the cluster has slots without a node')
}
