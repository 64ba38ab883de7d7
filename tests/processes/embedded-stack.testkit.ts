import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterEach, beforeEach, expect } from 'vitest'
import { findProcesses, until } from '../../src/embedded/processes.ts'

export type Up = {
  postgresOwnerUrl: string
  clickhouseUrl: string
  redisUrl: string
  startedMs: number
  progress: string[]
  error?: string
}
type Program = { child: ChildProcess; up: Up }

export const root = process.getuid?.() === 0
export const node = resolve('node_modules/node/bin/node')
export const script = resolve('tests/processes/embedded-program.ts')

/** Of the test that runs: its folders, its programs, and homes outside of its data folder, as root's Postgres may have. */
export const at = { temp: '', dataDir: '', programs: [] as ChildProcess[], homes: [] as string[] }

export const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

export const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (hasEnded(child)) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

/** The stores of this test's folder that run now. */
export const storeProcesses = (): number[] => [
  ...findProcesses(['redis-server', 'valkey-server'], join(at.dataDir, 'redis/redis.conf')),
  ...[join(at.dataDir, 'postgres'), ...at.homes].flatMap((home) =>
    findProcesses(['postgres'], join(home, 'data')),
  ),
]

/** Starts the program and waits for its one line. */
export const start = async (stores = 'postgres redis', user?: number, path?: string): Promise<Program> => {
  const child = spawn(node, [script, at.dataDir, stores], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(user !== undefined && { uid: user, gid: user }),
    ...(path !== undefined && { env: { PATH: path } }),
  })
  at.programs.push(child)
  for await (const line of createInterface({ input: child.stdout })) {
    const up = JSON.parse(line) as Up
    const outside = up.progress?.map((text) => / keeps its data in (\S+)$/.exec(text)?.[1]).find(Boolean)
    if (outside !== undefined) at.homes.push(outside)
    return { child, up }
  }
  throw new Error('the program ended without a word')
}

export const started = async (...how: Parameters<typeof start>): Promise<Program> => {
  const program = await start(...how)
  expect(program.up.error).toBeUndefined()
  return program
}

export const sql = async (url: string, text: string): Promise<unknown[]> => {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

export const redisDo = async <T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(url)
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** Each test of a file has folders of its own, which are gone after it with all that it started. */
export const useStacks = (): void => {
  beforeEach(() => {
    const temp = mkdtempSync(join(tmpdir(), 'heliograph-stack-'))
    chmodSync(temp, 0o711)
    Object.assign(at, { temp, dataDir: join(temp, 'data'), programs: [], homes: [] })
  })
  afterEach(async () => {
    for (const child of at.programs) await end(child, 'SIGTERM')
    expect(await until(() => storeProcesses().length === 0, 20_000)).toBe(true)
    for (const folder of [at.temp, ...at.homes]) rmSync(folder, { recursive: true, force: true })
  })
}
