import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stores } from '../../../tests/testkit/stores.ts'
import { createRedis, type RedisStore } from '../../platform/redis/client.ts'
import { makeSecretToken } from '../secret-token.ts'
import { createTickets } from './tickets.ts'

const prefix = `t${randomBytes(4).toString('hex')}:`
let redis: RedisStore
beforeAll(async () => {
  redis = createRedis({ url: stores().redisUrl, log: pino({ level: 'silent' }), prefix })
  await redis.ready()
})
afterAll(() => redis.close())

const begun = {
  provider: 'oidc',
  redirectUri: 'https://dash.example.test/',
  state: 's',
  nonce: 'n',
  codeVerifier: 'v',
}
const kept = async (): Promise<string[]> => redis.run((commands) => commands.keys(`${prefix}*`))

test('what was begun is taken once, also by many at once, and then nothing of it is left', async () => {
  const tickets = createTickets({ redis })
  const ticket = makeSecretToken('oauth')
  await tickets.keep(ticket, { ...begun, userId: 'u' })
  expect(await tickets.take(makeSecretToken('oauth'))).toBeUndefined()
  const taken = await Promise.all(Array.from({ length: 20 }, () => tickets.take(ticket)))
  expect(taken.filter((each) => each !== undefined)).toEqual([{ ...begun, userId: 'u' }])
  expect(await kept()).toEqual([])
})

test('it is kept for ten minutes, under a name that does not tell the ticket', async () => {
  const ticket = makeSecretToken('oauth')
  await createTickets({ redis }).keep(ticket, begun)
  const [key] = await kept()
  expect(key).not.toContain(ticket.slice(3))
  const [leftMs, value] = await redis.run((commands) =>
    Promise.all([commands.pttl(key!), commands.get(key!)]),
  )
  expect(leftMs).toBeGreaterThan(590_000)
  expect(leftMs).toBeLessThanOrEqual(600_000)
  expect(value).not.toContain(ticket.slice(3))
})
