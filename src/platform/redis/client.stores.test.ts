import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSourceStream } from '../../cli/source/stream.ts'
import { connect } from '../../../tests/realtime/bus.testkit.ts'
import { startRedisServer, type RedisServer } from '../../../tests/testkit/redis.ts'
import { until } from '../../../tests/testkit/waiters.ts'
import { createRedis } from './client.ts'
import { assertRedis } from './connect.ts'
import { createKeys } from './keys.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedisServer()
})
afterAll(() => server.close())

test('keys of one unit share a hash tag, and a part cannot move a key to another slot', () => {
  const keys = createKeys('t:')
  const unit = keys.unit('t', 'tenant', 'incidents')
  expect(unit).toBe('t:{t:tenant:incidents}')
  expect(keys.key(unit, 'tail')).toBe('t:{t:tenant:incidents}:tail')
  expect(() => keys.unit('t', 'a}b')).toThrow(TypeError)
  expect(() => keys.key(unit, '')).toThrow(TypeError)
})

test('a script runs by itself and in a pipeline, also after the server forgot it', async () => {
  const redis = await connect(server.url)
  const add = redis.script({ name: 'add', keys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" })
  expect(await add.run(['n'], [2])).toBe(2)
  await redis.commands.script('FLUSH')
  const pipeline = redis.commands.pipeline()
  add.add(pipeline, ['n'], [3])
  add.add(pipeline, ['n'], [4])
  expect(await redis.exec(pipeline)).toEqual([5, 9])
  await redis.close()
})

test('a wrong command is our bug and is not told as a store that is down', async () => {
  const redis = await connect(server.url)
  await redis.commands.set('text', 'x')
  await expect(redis.run((commands) => commands.incr('text'))).rejects.toMatchObject({ name: 'ReplyError' })
  await redis.close()
  await redis.close()
})

test('without Redis a command fails at once as STORE_UNAVAILABLE, one outage is one warning, and it comes back', async () => {
  const lines: { level: number; msg: string }[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line) as never) })
  const redis = createRedis({ url: server.url, log })
  redis.blocking('test')
  redis.subscriber()
  await redis.ready()
  expect(await redis.ping()).toBeGreaterThan(0)
  expect(await redis.version()).toMatch(/^\d+\.\d+/)

  await server.kill()
  await until(() => redis.commands.status !== 'ready')
  await expect(redis.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfterSeconds: 5 })
  await expect(redis.exec(redis.commands.pipeline().get('a').get('b'))).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  })
  await expect(redis.blocking('test').xread('BLOCK', 1, 'STREAMS', 'x', '$')).rejects.toThrow()
  await expect(redis.ready(10)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  server.restart()
  await redis.ready(10_000)
  await until(() => lines.length === 2)
  expect(lines.map((line) => line.level)).toEqual([40, 30])
  await redis.close()
})

test('a wait is ended from outside as if its time were over, also on the connection that took the place of another', async () => {
  const redis = await connect(server.url)
  const { commands } = redis
  /** Its number, and whether it waits. */
  const waiter = async () => {
    const all = String(await commands.client('LIST')).split('\n')
    const own = all.find((line) => line.includes('name=heliograph-blocking-waiter ')) ?? ''
    return { id: /^id=(\d+)/.exec(own)?.[1], waits: / flags=\w*b/.test(own) }
  }
  const wait = () => redis.blocking('waiter').xread('BLOCK', 60_000, 'STREAMS', 'nothing', '$')
  const endsAtOnce = async (): Promise<void> => {
    let ended = false
    const waiting = wait().finally(() => (ended = true))
    await until(async () => (await waiter()).waits)
    // Its number may be on its way here.
    await until(async () => {
      await redis.endWait('waiter')
      return ended
    })
    expect(await waiting).toBeNull()
  }
  await redis.endWait('waiter')
  await endsAtOnce()
  const lost = expect(wait()).rejects.toThrow() // heard at once: it may end before the answer to KILL is here
  await until(async () => (await waiter()).waits)
  await commands.client('KILL', 'ID', Number((await waiter()).id))
  await lost
  await until(() => redis.blocking('waiter').status === 'ready')
  await endsAtOnce()
  await redis.close()
  await redis.endWait('waiter')
})

test('ready waits for an answer: a connection that just ended still has the status of one that stands', async () => {
  const redis = createRedis({ url: server.url, log: pino({ level: 'silent' }) })
  await redis.ready()
  redis.commands.stream.end()
  expect(redis.commands.status).toBe('ready')
  await expect(redis.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await redis.ready()
  expect(await redis.ping()).toBeGreaterThan(0)
  await redis.close()
})

test('a command that Redis holds up is given up at its deadline', async () => {
  const redis = createRedis({ url: server.url, log: pino({ level: 'silent' }), commandTimeoutMs: 100 })
  const other = await connect(server.url)
  await redis.ready()
  await other.commands.client('PAUSE', 1_000)
  await expect(redis.run((commands) => commands.set('a', 1))).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  })
  await other.commands.client('UNPAUSE')
  await Promise.all([redis.close(), other.close()])
})

test('a database that Redis refuses is told by its number, and nothing is written into another', async () => {
  const url = `${server.url}/99`
  await expect(assertRedis(url)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(/^Redis at .*, where REDIS_URL says, refuses the database 99\. Name one/),
  })
  const lines: string[] = []
  const redis = createRedis({
    url,
    log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
  })
  await expect(redis.ready(300)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await expect(redis.run((commands) => commands.set('refused', 1))).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  })
  await expect(redis.blocking('refused').set('refused', 1)).rejects.toThrow()
  expect(lines).toHaveLength(1)
  await redis.close()
  const other = await connect(server.url)
  expect(await other.commands.exists('refused')).toBe(0)
  await other.close()
})

test('a SELECT that fails for want of a password is not told as a database that is refused', async () => {
  const own = await startRedisServer()
  const admin = await connect(own.url)
  await admin.commands.config('SET', 'requirepass', 'secret')
  const url = `${own.url}/1`
  await expect(assertRedis(url)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(/refuses its user or password\. Correct the URL\.$/),
  })
  const lines: string[] = []
  const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) })
  const redis = createRedis({ url, log })
  await expect(redis.ready(300)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(lines).toEqual([])
  await Promise.all([redis.close(), admin.close()])
  await own.close()
})

test('a database that is refused again, after it was let in, is told again', async () => {
  const admin = await connect(server.url)
  const may = (...rules: string[]) => admin.commands.call('ACL', 'SETUSER', 'select', ...rules)
  await may('on', 'nopass', '~*', '+@all', '-select')
  const lines: string[] = []
  const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) })
  const redis = createRedis({ url: `${server.url.replace('://', '://select:any@')}/1`, log })
  await until(() => lines.length === 1)
  await may('+select')
  await redis.ready()
  await may('-select')
  redis.commands.stream.end()
  await until(() => lines.length === 2)
  await Promise.all([redis.close(), admin.close()])
})

const FEW = ['-@all', '+@stream', '+type', '+del', '+multi', '+exec', '+client', '+hello', '+select', '~*']
test.each([
  ['info', [...FEW, '+ping']],
  ['info or ping', FEW],
])('a user who may not use %s is let in and reads streams', async (_what, rules) => {
  const admin = await connect(server.url)
  await admin.commands.call('ACL', 'SETUSER', 'reader', 'reset', 'on', '>secret', ...rules)
  const url = server.url.replace('://', '://reader:secret@')
  await assertRedis(url, '--redis')
  await expect(assertRedis(url.replace('secret', 'wrong'), '--redis')).rejects.toMatchObject({
    message: expect.stringContaining('--redis says, refuses its user or password'),
  })
  const redis = createRedis({ url, log: pino({ level: 'silent' }) })
  await redis.ready()
  const stream = createSourceStream({ redis, stream: 'few', group: 'g', claimAfterMs: 1_000 })
  await stream.ensure()
  await admin.commands.xadd('few', '*', 'data', '{}')
  expect(await stream.read(10)).toHaveLength(1)
  await admin.commands.del('few')
  await Promise.all([redis.close(), admin.close()])
})
