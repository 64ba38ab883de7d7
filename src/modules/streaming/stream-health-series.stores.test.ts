import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeItems } from '../../../tests/testkit/facts.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { createStreamHealthSeriesQueries } from './stream-health-series.queries.ts'
import { streamHealthSamples } from './stream-health.dataset.ts'

const HOUR = 3_600_000
const now = Math.floor(Date.now() / HOUR) * HOUR
const range = { from: new Date(now - HOUR), to: new Date(now) }

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

const ask = (tenant: string, stepMs: number) =>
  createStreamHealthSeriesQueries({ clickHouse: store.clickHouse, clock: { now: () => now } }).healthSeries(
    trustTenantId(tenant),
    { range, stepMs, zone: 'UTC', internalNames: ['main', 'other'] },
  )

test('sums beyond 2^53 of samples that ingest takes are divided as those of others, from samples and from the rollup', async () => {
  const tenant = trustTenantId(uuidv7())
  const sample = { packets_sent: 1e12, packets_lost: 25e10, bitrate_kbps: 1e9 }
  const samples = Array.from({ length: 9_100 }, (_, n) => ({
    time: now - HOUR + n * 100,
    internal_name: 'main',
    ...sample,
  }))
  await storeItems(store.clickHouse, streamHealthSamples, tenant, [
    ...samples,
    { time: now - HOUR, internal_name: 'other', packets_sent: 10, packets_lost: 1 },
  ])
  for (const stepMs of [60_000, HOUR]) {
    const series = await ask(tenant, stepMs)
    expect(series.get('main')).toMatchObject({ samples: 9_100, packetLoss: 0.25, bitrateKbps: 1e9 })
    expect(series.get('other')).toMatchObject({ samples: 1, packetLoss: 0.1, bitrateKbps: null })
  }
})

test('a bitrate of ten million samples is their mean', async () => {
  const tenant = uuidv7()
  await store.clickHouse.command(
    `INSERT INTO stream_health_5m (tenant_id, internal_name, time, samples, bitrates, bitrate_sum)
     VALUES ('${tenant}', 'main', ${(now - HOUR) / 1_000}, 10000000, 10000000, 10000000000000000)`,
  )
  expect((await ask(tenant, HOUR)).get('main')).toMatchObject({ samples: 10_000_000, bitrateKbps: 1e9 })
})
