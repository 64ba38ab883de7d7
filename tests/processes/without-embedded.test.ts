import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const run = (words: string[], env: Record<string, string> = {}) =>
  new Promise<{ code: number; out: string; err: string }>((done) => {
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env
    const options = { env: { PATH, HOME, NODE_COMPILE_CACHE, ...env } }
    const args = ['--import', resolve('tests/processes/without-embedded.ts'), 'src/main.ts', ...words]
    execFile(process.execPath, args, options, (error, out, err) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })

test('without the packages of the embedded stores help is told, and what a start needs is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliograph-without-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const HELIOGRAPH_DATA_DIR = join(folder, 'data')
  const helps = await Promise.all(
    [['--help'], ['help', 'start'], ['dev', '--help']].map((words) => run(words)),
  )
  for (const { code, out } of helps)
    expect([code, out]).toEqual([0, expect.stringContaining('Usage: heliograph')])
  for (const { code, err } of await Promise.all([[], ['nonsense']].map((words) => run(words))))
    expect([code, err]).toEqual([1, expect.not.stringContaining('ERR_MODULE_NOT_FOUND')])
  const start = ['start', '--no-demo', '--port', '0']
  const none = await run(start, { HELIOGRAPH_DATA_DIR })
  expect([none.code, none.err]).toEqual([
    1,
    expect.stringMatching(
      /^\nheliograph: There is no embedded Postgres .* set DATABASE_URL\.\nThere is no embedded ClickHouse .*: set CLICKHOUSE_URL to a server\.\n$/,
    ),
  ])
  const folderOf = await run([...start], { HELIOGRAPH_DATA_DIR, CLICKHOUSE_URL: `chdb://${folder}/facts` })
  expect([folderOf.code, folderOf.err]).toEqual([
    1,
    expect.stringMatching(/^\nheliograph: There is no embedded ClickHouse .*\n$/),
  ])
  expect(existsSync(HELIOGRAPH_DATA_DIR)).toBe(false)
})
