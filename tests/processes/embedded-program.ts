// A program of its own for the tests of the stack, to be killed, refused and run as another user. Arguments:
// data folder, stores that are needed. Prints one line of JSON when it is up or has failed; ends on SIGTERM.
import { startStack, type Stack } from '../../src/embedded/stack.ts'
import { createLogger } from '../../src/platform/logger.ts'

const [dataDir = '', stores = ''] = process.argv.slice(2)
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
const progress: string[] = []

const run = async (): Promise<void> => {
  const startedAt = performance.now()
  const stack: Stack = await startStack({
    dataDir,
    need: {
      postgres: stores.includes('postgres'),
      clickhouse: stores.includes('clickhouse'),
      redis: stores.includes('redis'),
    },
    log: createLogger({ level: 'silent', format: 'json' }),
    onProgress: (text) => progress.push(text),
  })
  const { postgresOwnerUrl, clickhouseUrl, redisUrl } = stack
  const startedMs = Math.round(performance.now() - startedAt)
  const alive = setInterval(() => undefined, 1 << 30)
  process.once('SIGTERM', () => {
    clearInterval(alive)
    void stack.stop().then(() => stack.stop())
  })
  say({ postgresOwnerUrl, clickhouseUrl, redisUrl, startedMs, progress })
}

run().catch((error: unknown) => {
  say({ error: `${(error as Error).name}: ${(error as Error).message}` })
  process.exitCode = 1
})
