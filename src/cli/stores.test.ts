import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { ourselves } from '../embedded/lock.ts'
import { announceStack } from '../embedded/state.ts'
import { createLogger } from '../platform/logger.ts'
import { openStores } from './stores.ts'

test('a command beside a program that has stores by URL says which settings it was not given', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'heliograph-mixed-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  const opened = (env: Record<string, string>) =>
    openStores({
      config: loadConfig({ HELIOGRAPH_DATA_DIR: dataDir }, env),
      log: createLogger({ level: 'silent', format: 'json' }),
      onProgress: () => undefined,
      mode: 'join',
    })
  const url = 'postgres://127.0.0.1/embedded'
  announceStack(dataDir, ourselves(), { postgresUrl: url, postgresOwnerUrl: url })
  await expect(opened({})).rejects.toMatchObject({
    code: 'CONFLICT',
    message: `The program that runs on ${dataDir} has CLICKHOUSE_URL and REDIS_URL: set the same here.`,
  })
  await expect(opened({ CLICKHOUSE_URL: 'http://127.0.0.1:1' })).rejects.toMatchObject({
    message: `The program that runs on ${dataDir} has REDIS_URL: set the same here.`,
  })
})
