import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { createConnectionSeriesQueries, OF_ALL } from './connection-series.queries.ts'

const HOUR = 3_600_000
const now = Math.floor(Date.now() / HOUR) * HOUR

let store: TestStore
beforeAll(async () => void (store = await openSharedStore()))
afterAll(() => store.close())

test('sessions of a year that last longer than 2^53 seconds together have an average', async () => {
  const tenant = uuidv7()
  const [sessions, year] = [300_000_000, 31_536_000]
  await store.clickHouse.command(
    `INSERT INTO connections_1h (tenant_id, internal_name, time, leaves, session_seconds, timed_sessions)
     VALUES ('${tenant}', 'main', ${(now - HOUR) / 1_000}, ${sessions}, ${sessions} * ${year}, ${sessions})`,
  )
  const { series } = createConnectionSeriesQueries({
    clickHouse: store.clickHouse,
    clock: { now: () => now },
  })
  const range = { from: new Date(now - HOUR), to: new Date(now) }
  const found = await series(trustTenantId(tenant), { filter: { all: [] }, range, stepMs: HOUR, zone: 'UTC' })
  expect(found.get(OF_ALL)).toMatchObject({ leaves: sessions, averageSessionSeconds: year })
})
