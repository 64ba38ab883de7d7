import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'heliograph-supervise-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A store's program that ends by itself, and a stop that comes while its restart waits; nothing else to do. */
const program = `
  import { createLogger } from './src/platform/logger.ts'
  import { supervise } from './src/embedded/supervise.ts'
  let pid
  const supervised = await supervise(
    {
      name: 'Redis',
      command: 'sleep',
      args: () => ['60'],
      logFile: ${JSON.stringify(join(folder, 'log'))},
      ready: async () => true,
      startTimeoutMs: 1_000,
      ending: { signals: ['SIGTERM'], timeoutMs: 1_000 },
    },
    { log: createLogger({ level: 'silent', format: 'json' }), onProcess: (now) => (pid = now) },
  )
  process.kill(pid, 'SIGTERM')
  while (pid !== undefined) await new Promise((resolve) => setTimeout(resolve, 5))
  await supervised.stop()
  console.log('stopped')
`

test('a program that is told to stop just after its store has ended by itself ends as it should', async () => {
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toBe('stopped\n')
})
