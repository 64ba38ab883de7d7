import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createTestClient } from '../testkit/client.ts'
import { stores } from '../testkit/stores.ts'
import { eventually, settled } from '../testkit/waiters.ts'
import { IncidentChanges, Incidents, Open } from './operations.ts'
import { createPrograms, storeProcesses, type End } from './program.ts'
import { makeClient } from './tenant.ts'

const programs = createPrograms()
const RECOVERED_MS = 10_000
const QUICK_MS = 3_000

const nameOf = (pid: number): string =>
  basename(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '')

/** As a crash: the store has no chance to say goodbye. Answers when it was. */
const killStore = (dataDir: string, names: readonly string[]): number => {
  const pids = storeProcesses(dataDir).filter((pid) => names.includes(nameOf(pid)))
  expect(pids).toHaveLength(1)
  process.kill(pids[0]!, 'SIGKILL')
  return performance.now()
}

const line = (message: string) => ({ time: new Date().toISOString(), message })

test('a store that dies costs coded errors for seconds, never an empty answer, and comes back without a restart', async () => {
  const program = await programs.start()
  const { client } = await makeClient(program.url, program.stack().postgresUrl)
  await client.ask(Open, { title: 'Before' })
  const socket = client.webSocket()
  const events = socket.subscribe(IncidentChanges)
  const heard: (string | undefined)[] = []
  const read = async (): Promise<void> => {
    for await (const { data } of events) heard.push(data?.incidentChanged?.__typename)
  }
  const reading = read().catch(() => heard.push('FAILED'))
  await eventually(async () => {
    await client.ask(Open, { title: 'Does anybody hear?' })
    expect(heard.length).toBeGreaterThan(0)
  })
  const { totalCount } = (await client.ask(Incidents)).incidents!

  // Redis: what needs Postgres alone goes on, ingest says "later", and soon it takes rows again.
  const redisDiedAt = killStore(program.dataDir, ['redis-server', 'valkey-server'])
  const refused = await eventually(async () => {
    const askedAt = performance.now()
    const answer = await client.ingest('log_events', [line('refused')])
    expect(answer.status).toBe(503)
    return { ...answer, tookMs: performance.now() - askedAt }
  }, QUICK_MS)
  expect(refused.body).toMatchObject({ error: { code: 'LOG_UNAVAILABLE' } })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused.tookMs).toBeLessThan(QUICK_MS)
  expect((await client.ask(Incidents)).incidents!.totalCount).toBe(totalCount)
  await eventually(async () => {
    expect((await client.ingest('log_events', [line('taken')])).status).toBe(202)
    expect((await fetch(`${program.url}/health/ready`)).status).toBe(200)
  }, RECOVERED_MS)
  const redisBackMs = performance.now() - redisDiedAt
  expect(redisBackMs).toBeLessThan(RECOVERED_MS)
  // A subscription that was open all the time hears what happens afterwards.
  const before = heard.length
  await client.ask(Open, { title: 'After Redis' })
  await eventually(() => expect(heard.length).toBeGreaterThan(before), RECOVERED_MS)

  // Postgres: errors with a code while it is away, and everything is there when it is back.
  const known = (await client.ask(Incidents)).incidents!.totalCount
  const postgresDiedAt = killStore(program.dataDir, ['postgres'])
  const codes = new Set<string | undefined>()
  await eventually(async () => {
    const askedAt = performance.now()
    const { data, errors } = await client.request(Incidents)
    expect(performance.now() - askedAt).toBeLessThan(QUICK_MS * 2)
    if (data?.incidents) {
      expect(data.incidents.totalCount ?? known).toBe(known)
      expect(data.incidents.nodes.length).toBeGreaterThan(0)
    }
    for (const { extensions } of errors ?? []) codes.add(extensions?.code)
    expect(codes.size).toBeGreaterThan(0)
    expect(errors).toBeUndefined()
  }, RECOVERED_MS)
  const postgresBackMs = performance.now() - postgresDiedAt
  expect(codes).toEqual(new Set(['STORE_UNAVAILABLE']))
  expect(postgresBackMs).toBeLessThan(RECOVERED_MS)
  await client.ask(Open, { title: 'After Postgres' })
  await eventually(async () => expect((await fetch(`${program.url}/health/ready`)).status).toBe(200))
  console.log(
    `Redis back after ${Math.round(redisBackMs)} ms, Postgres after ${Math.round(postgresBackMs)} ms`,
  )
  expect(heard).not.toContain('FAILED')
  expect(program.output()).not.toMatch(/"level":60/)

  await socket.close()
  await reading
  program.kill('SIGTERM')
  expect((await settled(program.ended, RECOVERED_MS, 'the end')).code).toBe(0)
})

/** A database and a ClickHouse database of one's own on the stores of the test run. */
const freshGiven = async () => {
  const { postgresOwnerUrl, clickhouseUrl, redisUrl } = stores()
  const name = `given_${randomBytes(6).toString('hex')}`
  const admin = new Client({ connectionString: postgresOwnerUrl })
  await admin.connect()
  try {
    await admin.query(`CREATE DATABASE ${name}`)
  } finally {
    await admin.end()
  }
  const inDatabase = (url: string): URL => Object.assign(new URL(url), { pathname: `/${name}` })
  return {
    ownerUrl: inDatabase(postgresOwnerUrl).href,
    roleUrl: Object.assign(inDatabase(postgresOwnerUrl), { username: `role_${name}`, password: 'a secret?' })
      .href,
    env: { CLICKHOUSE_URL: inDatabase(clickhouseUrl).href, REDIS_URL: redisUrl },
  }
}

/** A message for a person: what it says stands alone, without a stack. */
const messageOf = (output: string): string => {
  expect(output).not.toMatch(/^\s+at /m)
  const from = output.indexOf('heliograph: ')
  expect(from).toBeGreaterThanOrEqual(0)
  return output.slice(from)
}

const lineOf = ({ code, output }: End): string => {
  expect(code).toBe(1)
  return messageOf(output).trim()
}
const withWrongPassword = (url: string): string => Object.assign(new URL(url), { password: 'wrong' }).href

test('a given superuser alone is refused with advice; an owner beside it makes the plain role that is missing', async () => {
  const { ownerUrl, roleUrl, env } = await freshGiven()
  const args = ['--no-demo', '--port', '0']
  const unmigrated = await programs.run({ args, env: { ...env, DATABASE_URL: ownerUrl } })
  expect(unmigrated.code).toBe(1)
  expect(messageOf(unmigrated.output)).toContain('DATABASE_OWNER_URL')

  const superuser = await programs.run({
    args,
    env: { ...env, DATABASE_URL: ownerUrl, DATABASE_OWNER_URL: ownerUrl },
  })
  expect(superuser.code).toBe(1)
  expect(messageOf(superuser.output)).toMatch(/is a superuser.*row-level security would not hold it/)
  expect(messageOf(superuser.output)).toContain('a plain role into DATABASE_URL')

  // No ingest role: the Redis of the test run is shared, and its log with it.
  const given = {
    ...env,
    DATABASE_URL: roleUrl,
    DATABASE_OWNER_URL: ownerUrl,
    HELIOGRAPH_ROLES: 'server',
    HELIOGRAPH_SECRET: 'the same at each start, whatever the data folder',
  }
  const program = await programs.start({ env: given })
  const { client, key } = await makeClient(program.url, roleUrl)
  await client.ask(Open, { title: 'On given stores' })
  expect(storeProcesses(program.dataDir)).toEqual([])
  program.kill('SIGTERM')
  expect((await program.ended).code).toBe(0)

  const { DATABASE_OWNER_URL: _owner, ...withoutOwner } = given
  const again = await programs.start({ env: withoutOwner }) // once migrated, the owner is not needed any more
  expect((await createTestClient(again.url, key).ask(Incidents)).incidents!.totalCount).toBe(1)
  again.kill('SIGTERM')
  expect((await again.ended).code).toBe(0)
})

test('all wrong settings are named in one message', async () => {
  const end = await programs.run({ args: ['--no-demo'], env: { PORT: 'abc', LOG_LEVEL: 'loud' } })
  expect(end.code).toBe(1)
  expect(messageOf(end.output).trim()).toBe(
    [
      'heliograph: These settings are wrong:',
      '  PORT: expected a port, 0 for any free one, for example PORT=4000',
      '  LOG_LEVEL: expected trace, debug, info, warn, error or silent, for example LOG_LEVEL=info',
    ].join('\n'),
  )
})

test('a given store that does not answer or refuses is one clear line, and the program ends', async () => {
  const { ownerUrl, roleUrl, env } = await freshGiven()
  const nobody = '127.0.0.1:1'
  const given = { ...env, DATABASE_URL: roleUrl, DATABASE_OWNER_URL: ownerUrl }
  const away = (store: string, setting: string): string =>
    `${store} does not answer at ${nobody}, where ${setting} says. Start it, or correct the URL.`
  const cases: [Record<string, string>, string][] = [
    [{ REDIS_URL: `redis://${nobody}` }, away('Redis', 'REDIS_URL')],
    [
      { REDIS_URL: withWrongPassword(given.REDIS_URL) },
      'where REDIS_URL says, refuses its user or password.',
    ],
    [{ DATABASE_OWNER_URL: withWrongPassword(ownerUrl) }, 'Postgres refuses the user of DATABASE_OWNER_URL'],
    [
      { DATABASE_URL: `postgres://a:b@${nobody}/c`, DATABASE_OWNER_URL: '' },
      away('Postgres', 'DATABASE_URL'),
    ],
    [{ DATABASE_OWNER_URL: `${ownerUrl}?sslmode=require` }, "where DATABASE_OWNER_URL says, can't be used: "],
    [{ CLICKHOUSE_URL: `http://a:b@${nobody}/c` }, away('ClickHouse', 'CLICKHOUSE_URL')],
    [
      { CLICKHOUSE_URL: withWrongPassword(given.CLICKHOUSE_URL) },
      'where CLICKHOUSE_URL says, refuses its user or password.',
    ],
  ]
  // An embedded store beside the wrong one is not made in vain.
  const ends = await Promise.all(
    cases.map(async ([env]) => {
      const dataDir = programs.folder()
      const end = await programs.run({ dataDir, args: ['--no-demo'], env: { ...given, ...env } })
      return { ...end, made: existsSync(dataDir) }
    }),
  )
  for (const [index, [, message]] of cases.entries()) {
    const { code, output, made } = ends[index]!
    expect([code, made]).toEqual([1, false])
    expect(messageOf(output)).toContain(message)
    expect(messageOf(output).trim()).not.toContain('\n')
  }
})

test('a data folder that can not be used is one line that says why, and what only reads makes none', async () => {
  const file = programs.folder()
  writeFileSync(file, '')
  const closed = programs.folder()
  mkdirSync(closed, { mode: 0o555 })
  const damaged = programs.folder()
  mkdirSync(damaged)
  writeFileSync(join(damaged, 'state.json'), '{')
  const user = process.getuid?.() === 0 ? { uid: 65_534 } : {}
  const start = (dataDir: string, rest: object = {}) =>
    programs.run({ dataDir, args: ['--no-demo', '--port', '0'], ...rest })
  const advice = 'Mend that, or name another folder with --data-dir (HELIOGRAPH_DATA_DIR).'
  const noFolder = "can't be used: a file stands where a folder has to be."
  const [asFile, belowFile, nowhere, asClosed, asChdb, asDamaged] = await Promise.all([
    start(file),
    start(join(file, 'below')),
    start('/proc/heliograph'),
    start(closed, user),
    start(programs.folder(), { env: { CLICKHOUSE_URL: `chdb://${file}` } }),
    start(damaged),
  ])
  expect(lineOf(asFile)).toBe(`heliograph: ${file} ${noFolder} ${advice}`)
  expect(lineOf(belowFile)).toBe(`heliograph: ${file}/below ${noFolder} ${advice}`)
  expect(lineOf(nowhere)).toBe(
    `heliograph: /proc/heliograph can't be used: no folder can be made there. ${advice}`,
  )
  expect(lineOf(asClosed)).toBe(
    `heliograph: ${closed} can't be used: this user may not write there. ${advice}`,
  )
  expect(lineOf(asChdb)).toContain(
    `${file} ${noFolder} Mend that, or name another folder with CLICKHOUSE_URL.`,
  )
  rmSync(join(damaged, 'state.json'))
  expect(lineOf(asDamaged)).toMatch(/state\.json is damaged\. Put it back from a backup: .*$/)

  const missing = programs.folder()
  const words = ['audit list', 'audit verify', 'tenant list', 'user list', 'migrate --status', 'keys rotate']
  const ends = await Promise.all(words.map((command) => programs.run({ command, dataDir: missing })))
  for (const end of ends)
    expect(lineOf(end)).toMatch(/^heliograph: There is no data in .*--data-dir, or start/)
  expect(existsSync(missing)).toBe(false)
})
