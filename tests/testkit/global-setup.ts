import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startStack } from '../../src/embedded/stack.ts'
import { createLogger } from '../../src/platform/logger.ts'
import './stores.ts'

/** One stack for the whole run, in a folder of its own, gone afterwards, also after a failure, Ctrl-C or kill -9. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'heliograph-test-'))
  chmodSync(dataDir, 0o711) // as root: the user that Postgres runs as must pass through
  const stack = await startStack({
    dataDir,
    need: { postgres: true, clickhouse: true, redis: true },
    log: createLogger({ level: 'warn', format: 'pretty' }),
    onProgress: () => undefined,
    throwaway: true,
  })
  const { postgresOwnerUrl, redisUrl, clickhouseUrl } = stack
  if (!postgresOwnerUrl || !redisUrl || !clickhouseUrl)
    throw new Error('the stack lacks a store that was asked for')
  project.provide('stores', { postgresOwnerUrl, redisUrl, clickhouseUrl })
  return async () => {
    await stack.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
