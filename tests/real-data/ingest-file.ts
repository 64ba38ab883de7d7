import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'

const mainPath = resolve(import.meta.dirname, '../../src/main.ts')

/** What `heliograph ingest --json` prints, as far as the check needs it. */
export type IngestSummary = {
  rows: number
  accepted: number
  duplicates: number
  rejected: number
  reasons: { code: string; message: string; count: number; lines: number[] }[]
  shiftMs: number
}

/** Runs the program's own command line; throws with what it wrote when it fails. */
export const runHeliograph = async (args: readonly string[], input?: string): Promise<string> => {
  const child = spawn(process.execPath, [mainPath, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input ?? '')
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  // 2: some rows were rejected, which the check tells by their number.
  if (code !== 0 && code !== 2)
    throw new Error(`heliograph ${args[0]} ended with ${code}\n${stderr}${stdout}`)
  return stdout
}

/** `heliograph ingest` with the latest row shifted to now. */
export const ingestFile = async (
  target: { url: string; apiKey: string; dataDir: string },
  dataset: string,
  file: string,
  flags: readonly string[],
  input?: string,
): Promise<IngestSummary> => {
  const connection = ['--url', target.url, '--api-key', target.apiKey, '--data-dir', target.dataDir]
  const args = ['ingest', dataset, file, ...flags, '--shift-to', 'now', '--json', ...connection]
  return JSON.parse(await runHeliograph(args, input)) as IngestSummary
}
