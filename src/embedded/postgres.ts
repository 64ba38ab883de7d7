import { spawn } from 'node:child_process'
import { chownSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../platform/logger.ts'
import { ownClient } from '../platform/postgres/client.ts'
import { postgresError, sqlState } from '../platform/postgres/errors.ts'
import { hasCluster, postgresBinaries, postgresHome, storeUser, type StoreUser } from './postgres-home.ts'
import { findProcesses, type Ending } from './processes.ts'
import { StartError } from './start-error.ts'
import { endLeftovers, supervise, type Supervised } from './supervise.ts'
import type { Watched } from './watchdog.ts'

/** INT is Postgres' fast shutdown, QUIT its immediate one (the next start then replays the log). */
const ending: Ending = { signals: ['SIGINT', 'SIGQUIT', 'SIGKILL'], timeoutMs: 15_000 }

export const POSTGRES_OWNER = 'heliograph_owner'
export const POSTGRES_APP = 'heliograph_app'
export const POSTGRES_DATABASE = 'heliograph'

/** Runs a program to its end as `user`; its output is the reason when it fails. */
const run = async (
  command: string,
  args: readonly string[],
  user: StoreUser | undefined,
  onProcess: (pid: number | undefined) => void,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(user && { uid: user.uid, gid: user.gid }),
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onProcess(child.pid)
    child.once('exit', () => onProcess(undefined))
    let output = ''
    const keep = (chunk: unknown) => (output = (output + String(chunk)).slice(-4000))
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new StartError(`${command} failed:\n${output.trim()}`))
    })
  })

/**
 * Makes the cluster in a folder beside its place and renames it when it is whole: a first start that was
 * killed in the middle leaves nothing that looks like a cluster.
 */
const initialize = async (options: {
  readonly binaries: string
  readonly home: string
  readonly cluster: string
  readonly password: string
  readonly user: StoreUser | undefined
  readonly onProcess: (process: Watched | undefined) => void
}): Promise<void> => {
  const { binaries, home, cluster, password, user, onProcess } = options
  const draft = `${cluster}.new`
  const passwordFile = join(home, 'initial-password')
  rmSync(draft, { recursive: true, force: true })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user) chownSync(passwordFile, user.uid, user.gid)
  try {
    await run(
      join(binaries, 'bin/initdb'),
      [
        '-D',
        draft,
        '-U',
        POSTGRES_OWNER,
        '--pwfile',
        passwordFile,
        // Byte order for collation: the same on every machine, and an index never breaks with a new libc.
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--auth=scram-sha-256',
        '--no-instructions',
      ],
      user,
      (pid) => onProcess(pid === undefined ? undefined : { pid, mark: draft }),
    )
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(draft, cluster)
}

/**
 * A postmaster.pid whose process is not ours any more would stop the start when its pid was given to another
 * program.
 */
const removeStalePid = (cluster: string): void => {
  const path = join(cluster, 'postmaster.pid')
  if (existsSync(path)) rmSync(path)
}

const serverSettings = (port: number, durable: boolean): string[] =>
  Object.entries({
    listen_addresses: '127.0.0.1',
    port,
    // TCP only: a socket's path may be too long, and its folder closed to whoever connects.
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    // The log of one machine's bulk load fits without a checkpoint every few seconds.
    max_wal_size: '1GB',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // What is gone with its run needs no care of its files.
    ...(durable
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }),
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])

const connection = (port: number, password: string, database: string) =>
  ownClient({
    host: '127.0.0.1',
    port,
    user: POSTGRES_OWNER,
    password,
    database,
    ssl: false,
    connectionTimeoutMillis: 5000,
  })

const answers = async (port: number, password: string): Promise<boolean> => {
  const client = connection(port, password, 'postgres')
  try {
    await client.connect()
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [POSTGRES_DATABASE])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${POSTGRES_DATABASE}`)
    return true
  } catch (error) {
    // It does not listen yet, still recovers, or this process had too much else to do to hear it. A lack of memory or disk
    // (class 53) does not heal by asking.
    const away = postgresError(error)?.code === 'STORE_UNAVAILABLE'
    if (away && !sqlState(error)?.startsWith('53')) return false
    throw error
  } finally {
    await client.end()
  }
}

/**
 * Starts our own Postgres for `dataDir`, on a free port of 127.0.0.1. As root it runs as another system user.
 * Throws StartError with advice.
 */
export const startPostgres = async (options: {
  readonly dataDir: string
  /** Where an earlier start put the data; see `home` of the answer. */
  readonly remembered: string | undefined
  readonly ownerPassword: string
  readonly appPassword: string
  /** False gives up safety against power loss, for data that a test run throws away. */
  readonly durable: boolean
  readonly log: Logger
  readonly onProgress: (text: string) => void
  /** Called with the data's place before anything is written there. */
  readonly onHome: (home: string) => void
  readonly onProcess: (process: Watched | undefined) => void
}): Promise<Supervised & { readonly ownerUrl: string; readonly appUrl: string }> => {
  const { dataDir, ownerPassword, onProgress, log } = options
  const user = storeUser()
  const binaries = postgresBinaries({ user, onProgress })
  const home = postgresHome({ dataDir, user, remembered: options.remembered, onProgress })
  options.onHome(home)
  log.info({ home }, 'Postgres keeps its data here')
  const cluster = join(home, 'data')

  await endLeftovers('Postgres', findProcesses(['postgres', 'initdb'], cluster), ending, log)
  await endLeftovers('Postgres', findProcesses(['postgres', 'initdb'], `${cluster}.new`), ending, log)
  if (hasCluster(home)) removeStalePid(cluster)
  else {
    onProgress('Creating the Postgres database')
    const { onProcess } = options
    await initialize({ binaries, home, cluster, password: ownerPassword, user, onProcess })
  }

  const postgres = await supervise(
    {
      name: 'Postgres',
      command: join(binaries, 'bin/postgres'),
      args: (port) => ['-D', cluster, ...serverSettings(port, options.durable)],
      ...(user && { options: { uid: user.uid, gid: user.gid } }),
      logFile: join(dataDir, 'postgres.log'),
      ready: async (port) => answers(port, ownerPassword),
      startTimeoutMs: 300_000,
      ending,
    },
    { log, onProcess: (pid) => options.onProcess(pid === undefined ? undefined : { pid, mark: cluster }) },
  )
  const url = (role: string, password: string) =>
    `postgres://${role}:${password}@127.0.0.1:${postgres.port}/${POSTGRES_DATABASE}`
  return {
    ...postgres,
    ownerUrl: url(POSTGRES_OWNER, ownerPassword),
    appUrl: url(POSTGRES_APP, options.appPassword),
  }
}
