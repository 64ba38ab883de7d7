import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync, chmodSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Logger } from '../platform/logger.ts'
import { findProcesses, type Ending } from './processes.ts'
import { installRedis } from './redis-install.ts'
import { StartError } from './start-error.ts'
import { endLeftovers, supervise, type Supervised } from './supervise.ts'
import type { Watched } from './watchdog.ts'

const programs = ['redis-server', 'valkey-server']

/**
 * A TERM makes Redis write what it holds and leave; the append-only file is on disk up to the last second
 * anyway.
 */
const ending: Ending = { signals: ['SIGTERM', 'SIGKILL'], timeoutMs: 10_000 }

/** Streams with consumer groups as we use them need 7.0. Valkey began at 7.2. */
const FLOOR = 7

/** A program that runs, and what it says of its version. */
type Server = { readonly program: string; readonly said: string }

const findServer = (): Server | undefined => {
  for (const program of programs) {
    const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
    if (status === 0) return { program, said: stdout }
  }
  return undefined
}

const checkVersion = ({ program, said }: Server): void => {
  const version = /v=(\d+)(\.\d+)*/.exec(said)
  if (version !== null && Number(version[1]) >= FLOOR) return
  throw new StartError(
    `${program} is older than ${FLOOR}.0 (${said.trim()}). Install Redis ${FLOOR} or newer, or set REDIS_URL.`,
  )
}

/** One exchange on a connection of its own; undefined while nobody listens. */
const ask = async (port: number, password: string): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(`AUTH ${password}\r\nPING\r\nQUIT\r\n`))
    socket.setEncoding('utf8').setTimeout(5000, () => socket.destroy())
    socket.on('data', (chunk) => (answer += String(chunk)))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(error.code ?? '')) resolve(undefined)
      else reject(error)
    })
    socket.once('close', () => resolve(answer))
  })

const configuration = (folder: string, password: string): string =>
  [
    'bind 127.0.0.1',
    'protected-mode yes',
    'daemonize no',
    `dir "${folder}"`,
    `requirepass ${password}`,
    'appendonly yes',
    'appendfsync everysec',
    // The ingest log is the only copy of what was accepted: refuse writes rather than forget.
    'maxmemory-policy noeviction',
    // The append-only file is the record; snapshots would only double the writing.
    'save ""',
    'databases 1',
    // The command line stays as we wrote it: it is how a process is known to be ours.
    'set-proc-title no',
    '',
  ].join('\n')

/**
 * Starts our own Redis under `folder`, on a free port of 127.0.0.1 and with a password.
 * Throws StartError with advice when no redis-server or valkey-server can be had.
 */
export const startRedis = async (options: {
  readonly folder: string
  readonly password: string
  readonly log: Logger
  readonly onProgress: (text: string) => void
  /** The running process and the text its command line holds, for the watchdog. */
  readonly onProcess: (process: Watched | undefined) => void
}): Promise<Supervised & { readonly url: string }> => {
  const { folder, password, log } = options
  const server = findServer() ?? installRedis({ onProgress: options.onProgress, findServer })
  checkVersion(server)

  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'redis.conf')
  await endLeftovers('Redis', findProcesses(programs, file), ending, log)
  writeFileSync(file, configuration(folder, password), { mode: 0o600 })
  chmodSync(file, 0o600)

  const redis = await supervise(
    {
      name: 'Redis',
      command: server.program,
      args: (port) => [file, '--port', String(port)],
      logFile: join(folder, 'redis.log'),
      // It answers LOADING until it has read its file, which takes about a second per 100 MB.
      ready: async (port) => (await ask(port, password))?.includes('+PONG') ?? false,
      startTimeoutMs: 120_000,
      ending,
    },
    { log, onProcess: (pid) => options.onProcess(pid === undefined ? undefined : { pid, mark: file }) },
  )
  return { ...redis, url: `redis://:${password}@127.0.0.1:${redis.port}/0` }
}
