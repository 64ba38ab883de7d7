import { z } from 'zod'
import { createIngest, type Ingest, type IngestDeps } from '../../src/ingest/ingest.ts'
import { datasets } from '../../src/modules/datasets.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { ClickHouse } from '../../src/platform/clickhouse/client.ts'
import { defineQuery, whole } from '../../src/platform/clickhouse/query.ts'
import { p, sql } from '../../src/platform/clickhouse/sql.ts'
import { openSharedStore } from '../testkit/clickhouse.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../src/platform/ids.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { createRedis, type RedisStore } from '../../src/platform/redis/client.ts'
import { stores } from '../testkit/stores.ts'
import { eventually } from '../testkit/waiters.ts'

export const log = createLogger({ level: 'silent', format: 'json' })
export const newTenant = (): TenantId => trustTenantId(uuidv7())

/** Our Redis under a prefix of its own. */
export const openRedis = async (
  url = stores().redisUrl,
  prefix = `test-${uuidv7()}:`,
): Promise<RedisStore> => {
  const redis = createRedis({ url, log, prefix, commandTimeoutMs: 10_000 })
  await redis.ready()
  return redis
}

export type World = {
  readonly redis: RedisStore
  readonly clickHouse: ClickHouse
  readonly clickHouseUrl: string
  readonly ingest: Ingest
  close(): Promise<void>
}

export const openWorld = async (more: Partial<IngestDeps> & { start?: boolean } = {}): Promise<World> => {
  const redis = more.redis ?? (await openRedis())
  const store = await openSharedStore()
  const { clickHouse } = store
  const { start = true, ...deps } = more
  const ingest = createIngest({
    datasets,
    redis,
    clickHouse,
    clock: systemClock,
    log,
    logMaxBytes: 64 << 20,
    ...deps,
  })
  if (start) ingest.start()
  return {
    redis,
    clickHouse,
    clickHouseUrl: store.url,
    ingest,
    close: async () => {
      await ingest.drain(5_000)
      await redis.close()
      await store.close()
    },
  }
}

/**
 * What one tenant has: raw rows, different event ids among them, rows in the rollup, and the sum of all
 * viewers.
 */
export const counts = async (clickHouse: ClickHouse, tenant: TenantId) => {
  const [row] = await clickHouse.query(
    defineQuery({
      name: 'test.counts',
      tenant,
      sql: sql`
        SELECT count() AS raw, uniqExact(event_id) AS ids, sum(viewer_count) AS viewers,
          (SELECT sum(samples) FROM viewer_samples_5m WHERE tenant_id = ${p.tenant(tenant)}) AS rollup,
          (SELECT sum(arraySum(minute_sums.2)) FROM viewer_samples_5m WHERE tenant_id = ${p.tenant(tenant)}) AS rollup_viewers
        FROM viewer_samples WHERE tenant_id = ${p.tenant(tenant)}`,
      row: z.object({ raw: whole, ids: whole, viewers: whole, rollup: whole, rollup_viewers: whole }),
    }),
  )
  return row!
}

/** What `counts` gives when each of so many rows is there once. */
export const eachOnce = (rows: number, viewers: number) => ({
  raw: rows,
  ids: rows,
  viewers,
  rollup: rows,
  rollup_viewers: viewers,
})

/** Sends rows as a client does: again, with the same ids, where the log did not answer in time. */
export const send = (ingest: Ingest, tenant: TenantId, rows: ReturnType<typeof samples>) =>
  eventually(() => ingest.accept(tenant, 'viewer_samples', rows))

/** Samples of one viewer each, a second apart and ending now, on a few streams. */
export const samples = (count: number, more: Record<string, unknown> = {}) =>
  Array.from({ length: count }, (_, index) => ({
    event_id: uuidv7(),
    time: Date.now() - (index % 600) * 1000,
    internal_name: `stream-${index % 7}`,
    viewer_count: 1,
    node_id: `edge-${index % 3}`,
    connection_type: 'hls',
    country_code: 'NL',
    ...more,
  }))
