import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const programPath = join(import.meta.dirname, 'program.ts')

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
export type Running = { readonly child: ChildProcess; readonly ended: Promise<Ended> }

/** Starts `heliograph ingest <args>` as a process. */
export const startCommand = (args: readonly string[], input?: string): Running => {
  const child = spawn(process.execPath, [programPath, 'ingest', ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input ?? '')
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
    ([stdout, stderr, [code]]) => ({ code: code as number | null, stdout, stderr }),
  )
  return { child, ended }
}

export const runCommand = (args: readonly string[], input?: string): Promise<Ended> =>
  startCommand(args, input).ended

/** A folder that is removed with all that is in it. */
export const temporaryFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'heliograph-test-'))
  return {
    path,
    write: async (name: string, content: string): Promise<string> => {
      await writeFile(join(path, name), content)
      return join(path, name)
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
