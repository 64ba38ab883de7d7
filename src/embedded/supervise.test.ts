import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'heliograph-supervise-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A store's program that ends by itself, and a stop that comes once `when`; nothing else to do. */
const stoppedOnce = async (when: string): Promise<string> => {
  const program = `
  import { createLogger } from './src/platform/logger.ts'
  import { supervise } from './src/embedded/supervise.ts'
  import { until } from './tests/testkit/waiters.ts'
  let pid
  let starts = 0
  let ended = () => {}
  const supervised = await supervise(
    {
      name: 'Redis',
      command: 'sleep',
      args: () => ['60'],
      logFile: ${JSON.stringify(join(folder, 'log'))},
      // As one that takes connections and hangs: it answers no more until it has ended.
      ready: () => new Promise((resolve) => {
        starts += 1
        if (starts === 1) resolve(true)
        else ended = () => resolve(false)
      }),
      startTimeoutMs: 1_000,
      ending: { signals: ['SIGTERM'], timeoutMs: 1_000 },
    },
    { log: createLogger({ level: 'silent', format: 'json' }), onProcess: (now) => {
      pid = now
      if (pid === undefined) ended()
    } },
  )
  process.kill(pid, 'SIGTERM')
  await until(() => ${when})
  await supervised.stop()
  console.log('stopped')
`
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return stdout
}

test('a program that is told to stop just after its store has ended by itself ends as it should', async () => {
  expect(await stoppedOnce('pid === undefined')).toBe('stopped\n')
})

test('so does one that is told to stop while its store, started again, does not answer', async () => {
  expect(await stoppedOnce('starts === 2')).toBe('stopped\n')
})
