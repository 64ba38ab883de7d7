import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startStack } from '../../src/embedded/stack.ts'
import { createLogger } from '../../src/platform/logger.ts'
import type { Stores } from './stores.ts'
import { makeTemplate } from './template.ts'

// As many as the program has, where libuv's pool has a thread for each (`npm test`).
const READERS = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4) >= 12 ? 6 : 2

type Run = { stores: Stores; stop: () => Promise<void> }

/**
 * One stack for the whole run, in a folder of its own, gone afterwards, also after a failure, Ctrl-C or kill
 * -9.
 */
const startRun = async (): Promise<Run> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'heliograph-test-'))
  chmodSync(dataDir, 0o711) // as root: the user that Postgres runs as must pass through
  const stack = await startStack({
    dataDir,
    need: { postgres: true, clickhouse: true, redis: true },
    log: createLogger({ level: 'warn', format: 'pretty' }),
    onProgress: () => undefined,
    throwaway: true,
    clickhouseReaders: READERS,
  })
  const stop = async (): Promise<void> => {
    await stack.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  const { postgresOwnerUrl, redisUrl, clickhouseUrl } = stack
  if (!postgresOwnerUrl || !redisUrl || !clickhouseUrl)
    throw new Error('the stack lacks a store that was asked for')
  try {
    const urls = { postgresOwnerUrl, redisUrl, clickhouseUrl }
    return { stores: { ...urls, postgresTemplate: await makeTemplate(urls) }, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

// Vitest runs this file once for each project that has it, with modules of its own for each: what they share
// stands on the process.
const shared = globalThis as { heliographTestRun?: { users: number; run: Promise<Run> } | undefined }

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const one = (shared.heliographTestRun ??= { users: 0, run: startRun() })
  one.users += 1
  const { stores, stop } = await one.run
  project.provide('stores', stores)
  return async () => {
    one.users -= 1
    if (one.users > 0) return
    shared.heliographTestRun = undefined
    await stop()
  }
}
