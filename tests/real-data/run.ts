import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { storeInMemory } from '../testkit/memory-folder.ts'
import { runHeliograph } from './ingest-file.ts'

// node_modules/.bin/node tests/real-data/run.ts <folder>
// The check against a program of its own: free port, fresh data folder, both gone at the end.
const folder = process.argv[2]
if (!folder) {
  console.error('usage: node_modules/.bin/node tests/real-data/run.ts <folder of the data>')
  process.exit(1)
}

storeInMemory()

const readyWithinMs = 180_000
const stopWithinMs = 30_000

const startProgram = async (dataDir: string) => {
  const mainPath = resolve(import.meta.dirname, '../../src/main.ts')
  const args = [mainPath, 'start', '--no-demo', '--port', '0', '--data-dir', dataDir, '--log-format', 'json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  const urls = new Set<string>()
  const hear = (line: string): void => {
    said.push(line)
    // Any address it names; only the program's own answers /health/ready.
    for (const [found] of line.matchAll(/http:\/\/[\w.[\]:-]+:\d+/g)) urls.add(found)
  }
  createInterface({ input: child.stdout }).on('line', hear)
  createInterface({ input: child.stderr }).on('line', hear)
  const exit = once(child, 'exit')
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
    await exit
    clearTimeout(timer)
  }
  return { child, urls, stop, tail: () => said.slice(-30).join('\n') }
}

type Program = Awaited<ReturnType<typeof startProgram>>

const waitUntilReady = async (program: Program): Promise<string> => {
  const deadline = Date.now() + readyWithinMs
  while (Date.now() < deadline && program.child.exitCode === null) {
    for (const url of program.urls) if (await isReady(url)) return url
    await delay(100)
  }
  throw new Error(`The program is not ready (exit code ${program.child.exitCode}):\n${program.tail()}`)
}

const isReady = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(new URL('/health/ready', url), { signal: AbortSignal.timeout(5_000) })).ok
  } catch (error) {
    // Not listening yet, or not HTTP: asked again until the deadline.
    if (error instanceof TypeError || (error as Error).name === 'TimeoutError') return false
    throw error
  }
}

const dataDir = await mkdtemp(join(tmpdir(), 'heliograph-real-data-'))
await chmod(dataDir, 0o711) // as root: the user that Postgres runs as must pass through, or its data are kept elsewhere and stay
const program = await startProgram(dataDir)
try {
  const url = await waitUntilReady(program)
  const at = ['--data-dir', dataDir]
  await runHeliograph(['tenant', 'create', 'real-data', '--json', ...at])
  const scopes = ['--scopes', 'read,write,ingest']
  const made = await runHeliograph(['api-key', 'create', '--tenant', 'real-data', ...scopes, '--json', ...at])
  const { key } = JSON.parse(made) as { key: string }
  const checkPath = join(import.meta.dirname, 'check.ts')
  const args = [checkPath, resolve(folder), '--url', url, '--api-key', key, '--data-dir', dataDir]
  const check = spawn(process.execPath, args, { stdio: 'inherit' })
  const [code] = (await once(check, 'exit')) as [number | null]
  process.exitCode = code ?? 1
  if (process.exitCode !== 0) console.error(program.tail())
} finally {
  await program.stop()
  await rm(dataDir, { recursive: true, force: true })
}
