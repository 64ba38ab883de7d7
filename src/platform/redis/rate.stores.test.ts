import { randomBytes } from 'node:crypto'
import { createServer, connect, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { stores } from '../../../tests/testkit/stores.ts'
import { createLogger } from '../logger.ts'
import { createRedis, type RedisStore } from './client.ts'
import { createRate, RateLimitedError } from './rate.ts'

const log = createLogger({ level: 'silent', format: 'json' })
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A way to Redis that can be cut. */
const openRoad = async () => {
  const { hostname, port } = new URL(stores().redisUrl)
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  }
  const open = (at = 0): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((client) => {
        const redis = keep(connect(Number(port), hostname))
        keep(client).pipe(redis).pipe(client)
      })
      server.listen(at, '127.0.0.1', () => resolve(server))
    })
  const server = await open()
  const cut = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  closing.push(cut)
  const url = Object.assign(new URL(stores().redisUrl), {
    port: String((server.address() as AddressInfo).port),
  })
  url.hostname = '127.0.0.1'
  return { url: url.href, cut }
}

const open = async (url = stores().redisUrl, prefix = `r${randomBytes(4).toString('hex')}:`) => {
  const redis = createRedis({ url, log, prefix })
  closing.push(() => redis.close())
  await redis.ready()
  return redis
}
const rateOn = (redis: RedisStore, points = 10) =>
  createRate({ redis, log, name: 'test', what: 'points a minute', points })

test('two processes share one budget, and a key names the tenant it belongs to', async () => {
  const prefix = `r${randomBytes(4).toString('hex')}:`
  const [one, two] = await Promise.all([open(undefined, prefix), open(undefined, prefix)])
  expect((await rateOn(one).take(['t', 'a'], 6)).remaining).toBe(4)
  expect((await rateOn(two).take(['t', 'a'], 3)).remaining).toBe(1)
  expect((await rateOn(two).take(['t', 'b'], 3)).remaining).toBe(7)
  await expect(rateOn(one).take(['t', 'a'], 2)).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    state: { remaining: 1, limit: 10 },
  })
  expect((await rateOn(one).take(['t', 'a'], 1)).remaining).toBe(0)
  expect((await one.commands.keys(`${prefix}*`)).toSorted()).toEqual([
    `${prefix}{t:a}:rate:test`,
    `${prefix}{t:b}:rate:test`,
  ])
})

test('what is refunded can be taken again, and never makes more than the limit', async () => {
  const rate = rateOn(await open())
  const taken = await rate.take(['t', 'a'], 10)
  expect(taken.refund(7).remaining).toBe(7)
  expect((await rate.take(['t', 'a'], 7)).remaining).toBe(0)
  await expect(rate.take(['t', 'a'], 1)).rejects.toBeInstanceOf(RateLimitedError)
})

test('a thousand at once take exactly what there is', async () => {
  const rate = rateOn(await open(), 100)
  const all = await Promise.allSettled(Array.from({ length: 1_000 }, () => rate.take(['t', 'a'], 1)))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
})

test('without Redis a process counts alone: it lets nobody through unlimited and refuses nobody for it', async () => {
  const road = await openRoad()
  const rate = rateOn(await open(road.url))
  await rate.take(['t', 'a'], 10)
  await expect(rate.take(['t', 'a'], 1)).rejects.toBeInstanceOf(RateLimitedError)
  road.cut()
  expect((await rate.take(['t', 'a'], 10)).remaining).toBe(0)
  await expect(rate.take(['t', 'a'], 1)).rejects.toBeInstanceOf(RateLimitedError)
  expect((await rate.take(['t', 'b'], 1)).remaining).toBe(9)
})
