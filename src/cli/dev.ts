import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { environmentWith, loadConfig } from '../config.ts'
import { loadState } from '../embedded/state.ts'
import { createLogger } from '../platform/logger.ts'
import { createRestarting } from './dev-restarting.ts'
import { assertGiven } from './given.ts'
import { createProgressLine } from './output.ts'
import { assertStartable } from './stores.ts'
import { createStopSignal } from './stop-signal.ts'

type Flags = { port?: string; dataDir?: string; demo: boolean }

const root = fileURLToPath(new URL('../../', import.meta.url))
const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** A program that is replaced drains beside its successor, but not for long. */
const DRAIN_MS = 2_000

const dev = async (flags: Flags): Promise<void> => {
  const config = loadConfig({ HELIOGRAPH_DATA_DIR: flags.dataDir, PORT: flags.port, LOG_FORMAT: 'pretty' })
  const { DATABASE_URL, CLICKHOUSE_URL, REDIS_URL, HELIOGRAPH_SECRET, dataDir } = config
  const log = createLogger({ level: 'warn', format: 'pretty' })
  const progress = createProgressLine()
  const stopping = createStopSignal((signal) => progress.note(`Stopping (${signal}).`))

  await assertGiven(config)
  await assertStartable(config)
  const { startStack } = await import('../embedded/stack.ts')
  const stack = await startStack({
    dataDir,
    need: { postgres: !DATABASE_URL, clickhouse: !CLICKHOUSE_URL, redis: !REDIS_URL },
    log,
    onProgress: (text) => progress.note(text),
  })
  const given = {
    ...(stack.postgresUrl && { DATABASE_URL: stack.postgresUrl, DATABASE_OWNER_URL: stack.postgresOwnerUrl }),
    ...(stack.clickhouseUrl && { CLICKHOUSE_URL: stack.clickhouseUrl }),
    ...(stack.redisUrl && { REDIS_URL: stack.redisUrl }),
    HELIOGRAPH_SECRET: HELIOGRAPH_SECRET ?? loadState(realpathSync(dataDir)).secret,
    SHUTDOWN_TIMEOUT_MS: String(DRAIN_MS),
    SHUTDOWN_NOTICE_MS: '0',
  }
  const args = ['--data-dir', dataDir, '--port', String(config.PORT), ...(flags.demo ? [] : ['--no-demo'])]
  try {
    await createRestarting({
      folders: ['src', 'prisma', 'clickhouse'].map((folder) => `${root}${folder}`),
      generate: () => spawn(process.execPath, [`${root}scripts/generate.cjs`], { stdio: 'inherit' }),
      launch: () =>
        spawn(process.execPath, ['--import', file('dev-child.ts'), file('../main.ts'), 'start', ...args], {
          detached: true, // Ctrl-C is for this process, which then ends the program
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
          env: environmentWith(given),
        }),
      note: (text) => progress.note(text),
    }).until(stopping)
  } finally {
    await stack.stop()
  }
}

export const registerDev = (program: Command): void => {
  program
    .command('dev')
    .description('Run the program with stores that stay up, and start it again at each change of its sources')
    .option('--port <port>', 'port of HTTP, WebSocket and SSE (PORT, default 4000)')
    .option(
      '--data-dir <folder>',
      'where the stores keep their data (HELIOGRAPH_DATA_DIR, default .heliograph)',
    )
    .option('--no-demo', 'without the demo tenant and its simulation')
    .action(dev)
}
