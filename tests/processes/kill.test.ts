import { expect, test } from 'vitest'
import { createClient } from '@clickhouse/client'
import { uuidv7 } from '../../src/platform/ids.ts'
import { createTestClient } from '../testkit/client.ts'
import { eventually } from '../testkit/waiters.ts'
import { Rows } from './operations.ts'
import { createPrograms, storesEnded, type Program } from './program.ts'
import { makeClient } from './tenant.ts'

const programs = createPrograms()
const ROWS_A_DATASET = 5_000
const ROWS_A_REQUEST = 20
const IN_FLIGHT = 12
const KILL_AFTER_ROWS = [2_500, 6_000]

type Request = { dataset: 'viewer_samples' | 'log_events'; items: object[] }

/**
 * What a producer has to send: many small requests, both datasets in turn, each row with an id of its own.
 */
const makeRequests = (internalName: string): Request[] => {
  const base = Date.now()
  const requests: Request[] = []
  for (let from = 0; from < ROWS_A_DATASET; from += ROWS_A_REQUEST) {
    const rows = Array.from({ length: ROWS_A_REQUEST }, (_, index) => {
      const row = from + index
      return { event_id: uuidv7(), time: new Date(base - row * 50).toISOString(), row }
    })
    requests.push({
      dataset: 'viewer_samples',
      items: rows.map(({ row, ...common }) => ({
        ...common,
        internal_name: internalName,
        viewer_count: row,
        node_id: `node-${row % 3}`,
        country_code: ['NL', 'DE', 'BR'][row % 3],
        connection_type: 'HLS',
      })),
    })
    requests.push({
      dataset: 'log_events',
      items: rows.map(({ row, event_id, time }) => ({
        event_id,
        time,
        level: row % 5 === 0 ? 'error' : 'info',
        message: `row ${row}`,
        service: 'encoder',
      })),
    })
  }
  return requests
}

/** Sends what is left, several at a time, until all is acknowledged or the program is gone. */
const produce = async (program: Program, key: string, left: Set<Request>, onAcknowledged: () => void) => {
  const client = createTestClient(program.url, key)
  const queue = [...left].values()
  let duplicates = 0
  const send = async (): Promise<void> => {
    for (const request of queue) {
      let answer: Awaited<ReturnType<typeof client.ingest>>
      try {
        answer = await client.ingest(request.dataset, request.items)
      } catch {
        return // the program is gone: what has no answer is sent again to the next one
      }
      expect(answer).toMatchObject({ status: 202, body: { rejected: [] } })
      duplicates += Number(answer.body.duplicates)
      left.delete(request)
      onAcknowledged()
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, send))
  return duplicates
}

const count = async (url: string): Promise<Record<string, number>> => {
  const clickHouse = createClient({ url })
  try {
    const answer = await clickHouse.query({
      query: `
        SELECT (SELECT count() FROM viewer_samples) AS samples,
               (SELECT uniqExact(event_id) FROM viewer_samples) AS sampleIds,
               (SELECT sum(samples) FROM viewer_samples_5m) AS rolledUpSamples,
               (SELECT sum(arraySum(minute_sums.2)) FROM viewer_samples_5m) AS rolledUpViewers,
               (SELECT count() FROM log_events) AS logs,
               (SELECT uniqExact(event_id) FROM log_events) AS logIds,
               (SELECT sum(events) FROM log_levels_1m) AS rolledUpLogs`,
      format: 'JSONEachRow',
    })
    const [row] = await answer.json<Record<string, string>>()
    return Object.fromEntries(Object.entries(row!).map(([name, value]) => [name, Number(value)]))
  } finally {
    await clickHouse.close()
  }
}

test('two kills -9 while 10,000 rows are posted: after the restarts every acknowledged row is there once', async () => {
  const first = await programs.start()
  const { dataDir } = first
  const port = new URL(first.url).port
  const { key, client, stream } = await makeClient(first.url, first.stack().postgresUrl)
  const left = new Set(makeRequests(stream.internalName))
  const total = left.size

  let program = first
  const restarts: number[] = []
  let duplicates = 0
  for (const killAfter of KILL_AFTER_ROWS) {
    const running = program
    duplicates += await produce(running, key, left, () => {
      if ((total - left.size) * ROWS_A_REQUEST === killAfter) running.kill('SIGKILL')
    })
    expect((await running.ended).signal).toBe('SIGKILL')
    expect(left.size).toBeGreaterThan(0)
    expect((total - left.size) * ROWS_A_REQUEST).toBeGreaterThanOrEqual(killAfter)
    const startedAt = performance.now()
    program = await programs.start({ dataDir, args: ['--port', port] })
    restarts.push(Math.round(performance.now() - startedAt))
    expect(program.url).toBe(first.url)
  }
  duplicates += await produce(program, key, left, () => undefined)
  expect(left.size).toBe(0)

  const once = {
    samples: ROWS_A_DATASET,
    sampleIds: ROWS_A_DATASET,
    rolledUpSamples: ROWS_A_DATASET,
    rolledUpViewers: (ROWS_A_DATASET * (ROWS_A_DATASET - 1)) / 2,
    logs: ROWS_A_DATASET,
    logIds: ROWS_A_DATASET,
    rolledUpLogs: ROWS_A_DATASET,
  }
  await eventually(async () => {
    const health = await fetch(`${program.url}/health/ready`)
    const { ingest } = (await health.json()) as {
      ingest: { lag: Record<string, { rows: number; dead: number }> }
    }
    for (const lag of Object.values(ingest.lag)) expect(lag).toMatchObject({ rows: 0, dead: 0 })
  }, 30_000)
  expect(await count(program.stack().clickhouseUrl)).toEqual(once)
  const { logs, streamByInternalName } = await client.ask(Rows, { name: stream.internalName })
  expect(streamByInternalName?.viewers?.samples).toBe(String(ROWS_A_DATASET))
  expect(logs?.totalCount).toBe(String(ROWS_A_DATASET))
  console.log(
    `restarted after a kill -9 in ${restarts.join(' and ')} ms; ${duplicates} rows were kept without their answer having arrived`,
  )
  program.kill('SIGKILL')
  await program.ended
})

const keyOf = (program: Program): string => /Demo API key\s+(\S+)/.exec(program.output())![1]!

test('a kill -9 without a restart leaves no store behind, and the demo has the same key at the next start', async () => {
  const first = await programs.start({ demo: true })
  await eventually(() => expect(first.output()).toMatch(/Demo API key\s+hg_\S+/))
  first.kill('SIGKILL')
  await first.ended
  await storesEnded(first.dataDir, 8_000)

  const second = await programs.start({ demo: true, dataDir: first.dataDir })
  await eventually(() => expect(second.output()).toMatch(/Demo API key\s+hg_\S+/))
  expect(keyOf(second)).toBe(keyOf(first))
  const { status } = await createTestClient(second.url, keyOf(first)).request('{ viewer { scopes } }')
  expect(status).toBe(200)
  second.kill('SIGTERM')
  expect((await second.ended).code).toBe(0)
})
