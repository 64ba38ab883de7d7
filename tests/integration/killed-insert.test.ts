import { createClient } from '@clickhouse/client'
import { appendFileSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openChdb } from '../../src/embedded/clickhouse.ts'

const path = mkdtempSync(join(tmpdir(), 'heliograph-chdb-'))
afterAll(() => rmSync(path, { recursive: true, force: true }))

const opened = async <T>(work: (client: ReturnType<typeof createClient>) => Promise<T>): Promise<T> => {
  const pool = openChdb({ path })
  try {
    return await work(createClient({ connection: pool.connection() }))
  } finally {
    await pool.close()
  }
}

const TABLES = ['facts', 'facts_by_day']
const insert = (client: ReturnType<typeof createClient>, id: number) =>
  client.insert({
    table: 'facts',
    values: [{ id, time: `2026-11-0${id} 12:00:00` }],
    format: 'JSONEachRow',
    clickhouse_settings: {
      insert_deduplication_token: `batch ${id}`,
      deduplicate_blocks_in_dependent_materialized_views: 1,
    },
  })
const counts = async (client: ReturnType<typeof createClient>): Promise<number[]> =>
  Promise.all(
    TABLES.map(async (table) => {
      const answer = await client.query({
        query: `SELECT id FROM ${table} ORDER BY id`,
        format: 'JSONEachRow',
      })
      return (await answer.json<{ id: number }>()).length
    }),
  )
const partsOf = (block: number): string[] =>
  globSync(`store/*/*/202611_${block}_${block}_0`, { cwd: path }).map((part) => join(path, part))

test('rows of an insert that the engine was killed in are stored when they are sent again, in a table and in what follows it', async () => {
  await opened(async (client) => {
    const engine = `ENGINE = MergeTree ORDER BY id PARTITION BY toYYYYMM(time)
                    SETTINGS non_replicated_deduplication_window = 100`
    await client.command({ query: `CREATE TABLE facts (id UInt32, time DateTime) ${engine}` })
    await client.command({ query: `CREATE TABLE facts_by_day (id UInt32, time DateTime) ${engine}` })
    await client.command({
      query: 'CREATE MATERIALIZED VIEW days TO facts_by_day AS SELECT id, time FROM facts',
    })
    for (const id of [1, 2]) await insert(client, id)
    await client.command({ query: 'OPTIMIZE TABLE facts FINAL' }) // what was merged is there
    for (const id of [3, 4]) await insert(client, id)
  })

  // As a kill leaves it between the note of an insert and the name of its part: of the fourth in one table, and of the
  // third in the other, where the newest note is not whole.
  const [facts, byDay] = [partsOf(4), partsOf(3)].map((parts) => parts.toSorted())
  expect([facts!.length, byDay!.length]).toEqual([2, 2])
  const merged = globSync('store/*/*/202611_1_2_1', { cwd: path }).map((part) =>
    dirname(join(path, part)),
  )[0]!
  rmSync(
    facts!.find((part) => dirname(part) === merged)!,
    { recursive: true },
  )
  const other = byDay!.find((part) => dirname(part) !== merged)!
  rmSync(other, { recursive: true })
  appendFileSync(join(dirname(other), 'deduplication_logs/deduplication_log_1.txt'), '1\t202611_5_5')

  await opened(async (client) => {
    expect(await counts(client)).toEqual([3, 3])
    for (const id of [1, 2, 3, 4]) await insert(client, id)
    expect(await counts(client)).toEqual([4, 4])
  })
})
