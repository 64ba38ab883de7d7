import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect } from 'vitest'
import { findProcesses, signalProcess, until } from '../../src/embedded/processes.ts'
import { findStack, type RunningStack } from '../../src/embedded/stack.ts'

export type End = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

type WholeStack = { readonly [K in keyof RunningStack]-?: NonNullable<RunningStack[K]> }

export type Program = {
  readonly pid: number
  readonly url: string
  readonly dataDir: string
  /** How to reach its embedded stores, as it tells other processes. */
  readonly stack: () => WholeStack
  readonly output: () => string
  /**
   * To the program alone, to its whole process group as Ctrl-C in a terminal is, or to all that it started as
   * systemd does: its stores too.
   */
  readonly kill: (signal: NodeJS.Signals, to?: 'program' | 'group' | 'all') => void
  readonly ended: Promise<End>
}

export type ProgramOptions = {
  readonly args?: readonly string[]
  /** With the demo; without it unless told. */
  readonly demo?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** Unless told, a folder that no other program has now: one that a program of this file has left, or a new one. */
  readonly dataDir?: string
  /** As people start it; `pid` is that of npm then. */
  readonly npm?: boolean
  /** Another command than `start`, for `run`. */
  readonly command?: string
  /** Another user, for `run`; only root may. */
  readonly uid?: number
}

/** Of the test run's own environment only this: its settings are not the program's. */
const inherited = () => {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env
  return { PATH, HOME, NODE_COMPILE_CACHE }
}

const node = resolve('node_modules/node/bin/node')
const READY_MS = 60_000
/** The longest that the program may take to end: its own deadline and that of its stores. */
const END_MS = 30_000

/** Stores of a data folder that run now. */
export const storeProcesses = (dataDir: string): number[] => [
  ...findProcesses(['redis-server', 'valkey-server'], join(dataDir, 'redis/redis.conf')),
  ...findProcesses(['postgres'], join(postgresHome(dataDir), 'data')),
]

/** Elsewhere when the user that Postgres runs as can't reach the data folder. */
const postgresHome = (dataDir: string): string => {
  const path = join(dataDir, 'state.json')
  const state = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { postgresHome?: string }) : {}
  return state.postgresHome ? resolve(dataDir, state.postgresHome) : join(dataDir, 'postgres')
}

/** Waits until no store of the folder runs. */
export const storesEnded = async (dataDir: string, timeoutMs = 10_000): Promise<void> => {
  await until(() => storeProcesses(dataDir).length === 0, timeoutMs)
  expect(storeProcesses(dataDir)).toEqual([])
}

/**
 * The real program as processes of their own, for one test file. Everything that was started is ended and
 * every folder removed after the file's tests, also when one of them failed.
 */
export const createPrograms = () => {
  const children = new Set<ChildProcess>()
  const folders: string[] = []
  /** Folders that programs of this file have left: a start on one takes half of the time of a first start. */
  const left: string[] = []

  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'heliograph-process-'))
    chmodSync(path, 0o711) // as root: the user that Postgres runs as must pass through
    folders.push(path)
    return join(path, 'data')
  }

  const launch = ({
    args = [],
    env = {},
    dataDir = folder(),
    npm = false,
    command = 'start',
    uid,
  }: ProgramOptions) => {
    const words = npm ? ['start', '--'] : ['src/main.ts', ...command.split(' ')]
    const child = spawn(npm ? 'npm' : node, [...words, '--data-dir', dataDir, ...args], {
      ...(uid !== undefined && { uid, gid: uid }),
      env: { ...inherited(), UV_THREADPOOL_SIZE: '12', SHUTDOWN_NOTICE_MS: '0', ...env },
      detached: true, // a process group of its own, to be signalled as a terminal does
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.add(child)
    const lines: string[] = []
    const ready = new Promise<string>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line)
        if (line.includes('"msg":"ready"')) resolve((JSON.parse(line) as { url: string }).url)
      })
    })
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line))
    const output = (): string => lines.join('\n')
    const ended = new Promise<End>((resolve) => {
      child.once('close', (code, signal) => {
        children.delete(child)
        resolve({ code, signal, output: output() })
      })
    })
    return { child, dataDir, ready, ended, output }
  }

  /** Starts the program and waits until it is ready. Fails with its output. */
  const start = async (options: ProgramOptions = {}): Promise<Program> => {
    const { child, dataDir, ready, ended, output } = launch({
      dataDir: left.pop() ?? folder(),
      ...options,
      args: [...(options.demo ? [] : ['--no-demo']), '--port', '0', ...(options.args ?? [])],
    })
    const late = AbortSignal.timeout(READY_MS)
    const url = await Promise.race([
      ready,
      ended.then(({ code }) => Promise.reject(new Error(`it ended with ${code}:\n${output()}`))),
      new Promise<never>((_resolve, reject) =>
        late.addEventListener('abort', () => reject(new Error(`not ready in ${READY_MS} ms:\n${output()}`))),
      ),
    ])
    const pid = child.pid!
    if (!options.dataDir)
      ended.then(
        ({ code }) => code !== null && left.push(dataDir),
        () => undefined,
      )
    return {
      pid,
      url,
      dataDir,
      stack: () => findStack(dataDir) as WholeStack,
      output,
      kill: (signal, to = 'program') => {
        process.kill(to === 'program' ? pid : -pid, signal)
        if (to === 'all') for (const store of storeProcesses(dataDir)) signalProcess(store, signal)
      },
      ended,
    }
  }

  /** Runs what ends by itself: a refusal, or another command. */
  const run = (options: ProgramOptions = {}): Promise<End> => launch(options).ended

  afterAll(async () => {
    for (const child of children) signalProcess(child.pid!, 'SIGTERM')
    if (!(await until(() => children.size === 0, END_MS)))
      for (const child of children) signalProcess(child.pid!, 'SIGKILL')
    for (const path of folders) {
      await storesEnded(join(path, 'data'), END_MS)
      const home = postgresHome(join(path, 'data'))
      for (const gone of [home, path]) rmSync(gone, { recursive: true, force: true })
    }
  }, 3 * END_MS)

  return { start, run, folder }
}
