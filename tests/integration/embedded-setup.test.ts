import { createClient } from '@clickhouse/client'
import { Redis } from 'ioredis'
import pg from 'pg'
import { expect, test } from 'vitest'
import { stores } from '../testkit/stores.ts'

test('a test run has a real Postgres, ClickHouse and Redis of its own', async () => {
  const { postgresOwnerUrl, redisUrl, clickhouseUrl } = stores()
  const postgres = new pg.Client(postgresOwnerUrl)
  await postgres.connect()
  const redis = new Redis(redisUrl)
  const clickhouse = createClient({ url: clickhouseUrl })
  try {
    const { rows } = await postgres.query<{ server_version_num: string }>('SHOW server_version_num')
    expect(Number(rows[0]?.server_version_num)).toBeGreaterThanOrEqual(180_000)
    expect(await redis.info('server')).toMatch(/(redis|valkey)_version:[789]/)
    const answer = await clickhouse.query({ query: 'SELECT 1 AS one', format: 'JSONEachRow' })
    expect(await answer.json()).toEqual([{ one: 1 }])
  } finally {
    await clickhouse.close()
    redis.disconnect()
    await postgres.end()
  }
})
