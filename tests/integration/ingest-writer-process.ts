// A process that only stores, for tests that end it in the middle. It ends itself with SIGKILL right after
// the step that it is told: no handler runs, and nothing is flushed or released, as with any kill -9.
import { createIngest } from '../../src/ingest/ingest.ts'
import { datasets } from '../../src/modules/datasets.ts'
import { connectClickHouse } from '../../src/platform/clickhouse/client.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { createRedis } from '../../src/platform/redis/client.ts'

const [redisUrl, prefix, clickHouseUrl, killAfter] = process.argv.slice(2) as [string, string, string, string]

const log = createLogger({ level: 'silent', format: 'json' })
const redis = createRedis({ url: redisUrl, log, prefix })
const clickHouse = connectClickHouse({ url: clickHouseUrl, log })
await redis.ready()
createIngest({
  datasets,
  redis,
  clickHouse,
  clock: systemClock,
  log,
  logMaxBytes: 64 << 20,
  timing: { aliveMs: 600, recoverEveryMs: 200 },
  onStep: (step) => {
    if (step === killAfter) process.kill(process.pid, 'SIGKILL')
  },
}).start()
