import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { settled } from '../testkit/waiters.ts'

// One process: the script ends in `exec`, so its pid is the program's.
const HELIOGRAPH = fileURLToPath(new URL('../../bin/heliograph', import.meta.url))

export type Program = {
  readonly url: string
  readonly dataDir: string
  /** Runs a command of the command line against it and gives what it prints with --json. */
  command<T>(...args: string[]): Promise<T>
  stop(): Promise<void>
}

const newFolder = (): string => {
  const dataDir = mkdtempSync(join(tmpdir(), 'heliograph-browser-'))
  chmodSync(dataDir, 0o711) // as root: the user that Postgres runs as must pass through
  return dataDir
}

/** Starts the program as people do, with stores of its own in a new folder, which `stop` removes. */
export const startProgram = (...flags: string[]): Promise<Program> => startIn(newFolder(), flags)

/** The same with the demo, whose history is only so long: it is seeded first, as if it had lived up to then. */
export const startDemo = async (historyMs: number): Promise<Program> => {
  const dataDir = newFolder()
  await promisify(execFile)(HELIOGRAPH, ['seed', '--data-dir', dataDir]).catch((error: unknown) => {
    rmSync(dataDir, { recursive: true, force: true })
    throw error
  })
  const path = join(dataDir, 'demo.json')
  const state = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, JSON.stringify({ ...state, simulatedTo: Date.now() - historyMs }))
  return startIn(dataDir, [])
}

const startIn = async (dataDir: string, flags: readonly string[]): Promise<Program> => {
  const child = spawn(
    HELIOGRAPH,
    ['start', '--port', '0', '--data-dir', dataDir, '--log-format', 'json', ...flags],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const exited = once(child, 'exit')
  let complaints = ''
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()))

  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await settled(exited, 60_000, 'the end of the program').catch((error: unknown) => {
        child.kill('SIGKILL') // what it started ends with it
        throw error
      })
    }
    rmSync(dataDir, { recursive: true, force: true })
  }

  const ready = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const { msg, url } = JSON.parse(line) as { msg?: string; url?: string }
      if (msg === 'ready' && url !== undefined) resolve(url)
    })
    exited.then(() => reject(new Error(`the program ended before it was ready:\n${complaints}`)), reject)
  })
  try {
    const url = await settled(ready, 120_000, 'the ready line')
    return {
      url,
      dataDir,
      command: async <T>(...args: string[]) => {
        const { stdout } = await promisify(execFile)(HELIOGRAPH, [...args, '--data-dir', dataDir, '--json'])
        return JSON.parse(stdout) as T
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
