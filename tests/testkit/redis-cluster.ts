import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../../src/embedded/ports.ts'
import { eventually, until } from './waiters.ts'

const SLOTS = 16_384
const HOST = '127.0.0.1'
/** Silence after which the others take a node for dead, in milliseconds. */
const NODE_TIMEOUT_MS = 1_000

export type RedisClusterServers = Awaited<ReturnType<typeof startRedisCluster>>

/** The bus of a cluster has its node's port and 10,000. */
const clusterPort = async (): Promise<number> => {
  const port = await freePort()
  return port <= 55_535 ? port : clusterPort()
}

const startNode = async (dir: string, port: number) => {
  await mkdir(dir)
  const options = {
    port,
    bind: HOST,
    dir,
    save: '',
    appendonly: 'no',
    'cluster-enabled': 'yes',
    'cluster-node-timeout': NODE_TIMEOUT_MS,
    'cluster-require-full-coverage': 'no',
    'repl-diskless-sync-delay': 0,
  }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const server: ChildProcess = spawn('redis-server', args, { stdio: 'ignore' })
  const control = new Redis(port, HOST, { retryStrategy: () => 50 })
  control.on('error', () => undefined) // it is asked until it answers
  await until(() => control.status === 'ready', { what: `Redis on port ${port}` })
  const id = await control.cluster('MYID')
  return {
    id,
    port,
    control,
    kill: async (): Promise<void> => {
      control.disconnect()
      if (server.exitCode !== null || server.signalCode !== null) return
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      await ended
    },
  }
}

/**
 * A Redis Cluster of the test's own: three masters with a third of the slots each, and a replica of the first.
 * Slots that no node serves do not stop the others.
 */
export const startRedisCluster = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-cluster-'))
  const nodes: Awaited<ReturnType<typeof startNode>>[] = []
  for (const name of ['a', 'b', 'c', 'replica'])
    nodes.push(await startNode(join(dir, name), await clusterPort()))
  const [first, , , replica] = nodes
  if (!first || !replica) throw new TypeError('a cluster without nodes')
  const masters = nodes.slice(0, 3)
  const borders = [0, 5_461, 10_923, SLOTS]
  for (const [index, { control }] of masters.entries()) {
    await control.call('CLUSTER', 'ADDSLOTSRANGE', borders[index]!, borders[index + 1]! - 1)
    await control.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
  }
  for (const { port } of nodes.slice(1)) await first.control.call('CLUSTER', 'MEET', HOST, port)
  await eventually(() => replica.control.call('CLUSTER', 'REPLICATE', first.id))
  const whole = async ({ control }: (typeof nodes)[number]): Promise<boolean> => {
    const slots = (await control.call('CLUSTER', 'SLOTS')) as unknown[][]
    const info = String(await control.call('CLUSTER', 'INFO'))
    return (
      info.includes('cluster_state:ok') && slots.length === 3 && slots.some((range) => range.length === 4)
    )
  }
  for (const node of nodes) await until(() => whole(node), { what: 'a cluster that all its nodes know' })
  await until(async () => (await replica.control.info('replication')).includes('master_link_status:up'))
  const isMaster = async ({ control }: (typeof nodes)[number]): Promise<boolean> =>
    (await control.info('replication')).includes('role:master')
  const firstMaster = async () => ((await isMaster(first)) ? first : replica)
  return {
    /** What REDIS_URL says: all masters. */
    url: masters.map(({ port }) => `redis://${HOST}:${port}`).join(','),
    /** Ports of the masters; the first has the replica. */
    ports: masters.map(({ port }) => port),
    /** Which of the three masters had a key's slot at the start. */
    placeOf: async (key: string): Promise<number> => {
      const slot = Number(await nodes[1]!.control.call('CLUSTER', 'KEYSLOT', key))
      return borders.findLastIndex((border) => border <= slot)
    },
    /**
     * Moves a key's slot, with all keys in it, from the second master to the third. In the middle of it the slot
     * is neither's alone.
     */
    moveSlot: async (key: string, inTheMiddle?: () => Promise<void>): Promise<void> => {
      const [, from, to] = nodes as [unknown, (typeof nodes)[number], (typeof nodes)[number]]
      const slot = Number(await from.control.call('CLUSTER', 'KEYSLOT', key))
      await to.control.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
      await from.control.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
      await inTheMiddle?.()
      for (;;) {
        const keys = (await from.control.call('CLUSTER', 'GETKEYSINSLOT', slot, 10)) as string[]
        if (keys.length === 0) break
        await from.control.call('MIGRATE', HOST, to.port, '', 0, 5_000, 'KEYS', ...keys)
      }
      for (const { control } of [to, from]) await control.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id)
    },
    /** Hands the slots of the first master to its replica, or back, while both are up. */
    handOver: async (): Promise<void> => {
      const from = await firstMaster()
      const to = from === first ? replica : first
      await to.control.call('CLUSTER', 'FAILOVER')
      await until(async () => (await firstMaster()) === to, { what: 'the other is master' })
    },
    /** Kills (SIGKILL) who has the slots of the first master. Resolves when the other has taken them. */
    killFirst: async (): Promise<{ readonly tookOver: Promise<void> }> => {
      const from = await firstMaster()
      const to = from === first ? replica : first
      await from.kill()
      const tookOver = until(() => isMaster(to), { what: 'the replica takes over' }).then(() => undefined)
      return { tookOver }
    },
    close: async (): Promise<void> => {
      for (const node of nodes) await node.kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
