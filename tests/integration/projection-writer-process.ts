// A process that stores what is told of streams and edge nodes and moves what it moves, for tests that end it in the middle with
// SIGKILL, right after the step of the dataset that it is told.
import { createIngest } from '../../src/ingest/ingest.ts'
import { projectorOf } from '../../src/ingest/projection.ts'
import { createChanges } from '../../src/modules/audit/audit.change.ts'
import { createEdgeNodeStore } from '../../src/modules/infrastructure/edge-node.store.ts'
import { nodeSamplesProjection } from '../../src/modules/infrastructure/node-samples.projection.ts'
import { createClipStore } from '../../src/modules/streaming/clip.store.ts'
import { createRecordingStore } from '../../src/modules/streaming/recording.store.ts'
import { createStreamStateStore } from '../../src/modules/streaming/stream-state.store.ts'
import { createStreamStore } from '../../src/modules/streaming/stream.store.ts'
import { streamingProjections } from '../../src/modules/streaming/streaming.ts'
import { connectClickHouse } from '../../src/platform/clickhouse/client.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { createPostgres } from '../../src/platform/postgres/postgres.ts'
import { createRedis } from '../../src/platform/redis/client.ts'
import { projectedDatasets } from './projection-facts.ts'

const [redisUrl = '', prefix = '', clickHouseUrl = '', postgresUrl = '', killAfter = '', killedDataset = ''] =
  process.argv.slice(2)

const log = createLogger({ level: 'silent', format: 'json' })
const redis = createRedis({ url: redisUrl, log, prefix })
const postgres = createPostgres({ url: postgresUrl, log })
const changes = createChanges({ postgres, poke: () => undefined })
const deps = { postgres, changes }
await redis.ready()
const clickHouse = connectClickHouse({ url: clickHouseUrl, log })
const nodes = createEdgeNodeStore(deps)
const projector = projectorOf(
  [
    ...streamingProjections({
      streams: { service: createStreamStore(deps) },
      clips: { service: createClipStore(deps) },
      recordings: { service: createRecordingStore(deps) },
      streamStates: { service: createStreamStateStore(deps) },
    }),
    nodeSamplesProjection({
      edgeNodes: {
        service: { follow: (permit, facts) => nodes.follow(permit, facts, systemClock.now()) },
      },
    }),
  ],
  log,
)
// One for each dataset, so that the step is that of one of them.
for (const dataset of projectedDatasets) {
  createIngest({
    datasets: [dataset],
    redis,
    clickHouse,
    clock: systemClock,
    log,
    logMaxBytes: 64 << 20,
    timing: { aliveMs: 600, recoverEveryMs: 200, insertEveryMs: 5 },
    projector,
    onStep: (step) => {
      if (step === killAfter && dataset.name === killedDataset) process.kill(process.pid, 'SIGKILL')
    },
  }).start()
}
