import { describe, expect, onTestFinished, test } from 'vitest'
import type { IngestPlan } from './plan.ts'
import { runIngest, type IngestDeps } from './run.ts'
import { openSource } from './source.ts'
import { viewerSamples } from '../../modules/audience/viewer-samples.dataset.ts'
import { logEvents } from '../../modules/incidents/log-events.dataset.ts'
import { problem, startCollector } from '../../../tests/testkit/ingest/collector.ts'
import { temporaryFolder } from '../../../tests/testkit/ingest/run-command.ts'
import { until } from '../../../tests/testkit/waiters.ts'

const line = (index: number): string =>
  JSON.stringify({ time: Date.UTC(2020, 0, 1) + index * 1017, message: `row ${index}` })

const setup = async (content: string, name = 'rows.ndjson') => {
  const folder = await temporaryFolder()
  const collector = await startCollector()
  onTestFinished(async () => {
    await collector[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })
  const file = await folder.write(name, content)
  const notes: string[] = []
  const run = async (plan: Partial<IngestPlan> = {}, deps: Partial<IngestDeps> = {}) => {
    const source = await openSource(file, process.stdin)
    onTestFinished(() => source.close())
    return runIngest(
      {
        dataset: logEvents,
        reading: { header: true },
        source,
        mapping: { map: [], set: [], timeColumn: [], time: { format: 'auto' } },
        batchRows: 10,
        resume: true,
        ...plan,
      },
      {
        url: collector.url,
        apiKey: 'hg_test',
        dataDir: folder.path,
        clock: { now: () => Date.UTC(2026, 0, 1) },
        progress: { update: () => {}, note: (text) => notes.push(text), clear: () => {} },
        stop: new AbortController().signal,
        retryForMs: 5_000,
        ...deps,
      },
    )
  }
  return { collector, folder, run, notes }
}

const hundred = Array.from({ length: 100 }, (_, index) => line(index)).join('\n')

describe('ingest', () => {
  test('the same row of the same file always has the same id, another dataset another', async () => {
    const { collector, run } = await setup(hundred)
    expect(await run({ resume: false })).toMatchObject({
      state: 'complete',
      run: { rows: 100, accepted: 100 },
    })
    expect(await run({ resume: false })).toMatchObject({ run: { rows: 100, accepted: 0, duplicates: 100 } })
    expect(collector.items.size).toBe(100)
    for (const id of collector.items.keys())
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-/)
    await run({ resume: false, dataset: viewerSamples })
    expect(collector.items.size).toBe(200)
  })

  test('ids are in the order of the file, so that lines of one second stay in it', async () => {
    const { collector, run } = await setup(hundred)
    await run()
    const ids = [...collector.items].toSorted(
      ([, a], [, b]) => Number(a.message!.slice(4)) - Number(b.message!.slice(4)),
    )
    expect(ids.map(([id]) => id).toSorted()).toEqual(ids.map(([id]) => id))
  })

  test('what is sent as something else has another id; the same shift, however much, has not', async () => {
    const { collector, run } = await setup('when;text\n2020-01-01;a\n'.replaceAll(';', ','), 'rows.csv')
    const wrong = { map: [], set: [], timeColumn: ['when'], time: { format: 'auto' } }
    await run({ mapping: wrong, shiftTo: 'now' })
    const right = { ...wrong, map: ['text=message'] }
    expect(await run({ mapping: right, shiftTo: 'now' })).toMatchObject({
      run: { accepted: 1, duplicates: 0 },
    })
    const later = { clock: { now: () => Date.UTC(2026, 5, 1) } }
    const again = await run({ mapping: right, shiftTo: 'now', resume: false }, later)
    expect(again).toMatchObject({ run: { accepted: 0, duplicates: 1 } })
    expect(await run({ mapping: right, shiftTo: '2026-05-01' })).toMatchObject({ run: { accepted: 1 } })
    expect(collector.items.size).toBe(3)
  })

  test('a shift that leaves rows too old tells it before they are sent', async () => {
    const { run, notes } = await setup([line(0), line(100 * 86_400)].join('\n'))
    await run({ shiftTo: 'now' })
    expect(notes.join()).toContain('Rows are kept for 90 days, and the first of the file is of 2025-09-')
    expect(notes.join()).toContain('The file spans more than that')
  })

  test('an id of its own is kept', async () => {
    const id = '0190a5b0-0000-7000-8000-000000000001'
    const { collector, run } = await setup(JSON.stringify({ event_id: id, time: 1, message: 'x' }))
    await run()
    expect([...collector.items.keys()]).toEqual([id])
  })

  test('--shift-to now puts the latest row on now and keeps order and distances to the millisecond', async () => {
    const unordered = [line(5), line(9), line(0), line(2)].join('\n')
    const { collector, run } = await setup(unordered)
    const outcome = await run({ shiftTo: 'now' })
    const times = [...collector.items.values()].map(({ time }) => Date.parse(String(time)))
    const now = Date.UTC(2026, 0, 1)
    expect(times).toEqual([now - 4 * 1017, now, now - 9 * 1017, now - 7 * 1017])
    expect(outcome.shiftMs).toBe(now - Date.UTC(2020, 0, 1) - 9 * 1017)
  })

  test('an interrupted run finishes what is under way, and the next goes on from there with the same shift', async () => {
    const { collector, run } = await setup(hundred)
    const stop = new AbortController()
    collector.reply = ({ number }) => void (number === 4 && stop.abort())
    const first = await run({ shiftTo: 'now' }, { stop: stop.signal })
    expect(first.state).toBe('interrupted')
    expect(first.run.rows).toBeGreaterThanOrEqual(40)
    expect(first.run.rows).toBeLessThan(100)
    expect(first.total.rows).toBe(first.run.rows)
    const second = await run({ shiftTo: 'now' }, { clock: { now: () => Date.UTC(2026, 5, 1) } })
    expect(second).toMatchObject({ state: 'complete', shiftMs: first.shiftMs, run: { duplicates: 0 } })
    expect(second.run.rows).toBe(100 - first.run.rows)
    expect(second.total).toEqual({ rows: 100, accepted: 100, duplicates: 0, rejected: [] })
    const times = [...collector.items.values()].map(({ time }) => Date.parse(String(time)))
    expect(Math.max(...times) - Math.min(...times)).toBe(99 * 1017)
  })

  test('a file that was sent whole is not sent again, unless asked; another mapping is another import', async () => {
    const { collector, run } = await setup(hundred)
    await run()
    const requests = collector.requests.length
    expect(await run()).toMatchObject({ state: 'sent-before', total: { rows: 100, accepted: 100 } })
    expect(collector.requests.length).toBe(requests)
    const mapping = { map: [], set: ['service=a'], timeColumn: [], time: { format: 'auto' } }
    expect(await run({ mapping })).toMatchObject({ state: 'complete', run: { rows: 100 } })
    expect(await run({}, { apiKey: 'hg_another_tenant' })).toMatchObject({
      state: 'complete',
      run: { rows: 100 },
    })
  })

  test('rejected rows are counted by reason and named by their line, also those that never leave', async () => {
    const rows = [
      '{"message":"no time"}',
      '',
      line(1),
      'not json',
      line(2),
      '{"message":"bad","time":"soon"}',
      line(3),
    ]
    const { collector, run } = await setup(rows.join('\n'))
    collector.judge = (item) =>
      item.message === 'row 2' || !item.time
        ? { code: 'VALIDATION_FAILED', message: 'is not good' }
        : undefined
    expect((await run({ batchRows: 2 })).total).toEqual({
      rows: 6,
      accepted: 2,
      duplicates: 0,
      rejected: expect.arrayContaining([
        { code: 'VALIDATION_FAILED', message: 'is not good', count: 2, lines: [1, 5] },
        { code: 'UNREADABLE', message: 'this is not JSON', count: 1, lines: [4] },
        { code: 'UNREADABLE', message: expect.stringContaining('the time'), count: 1, lines: [6] },
      ]),
    })
  })

  test('a busy server is asked again after its Retry-After, and each row still counts once', async () => {
    const { collector, run, notes } = await setup(hundred)
    collector.reply = ({ number }) =>
      number <= 2
        ? problem(number === 1 ? 503 : 429, 'LOG_UNAVAILABLE', 'full', { 'retry-after': '0' })
        : undefined
    expect(await run()).toMatchObject({
      state: 'complete',
      total: { rows: 100, accepted: 100, duplicates: 0 },
    })
    expect(collector.requests).toHaveLength(12)
    expect(notes.filter((note) => note.includes('trying again'))).toHaveLength(2)
  })

  test('a server that asks for a longer wait than retries may take ends the run, with what was acknowledged kept', async () => {
    const { collector, run } = await setup(hundred)
    collector.reply = ({ number }) =>
      number > 5 ? problem(503, 'LOG_UNAVAILABLE', 'full', { 'retry-after': '60' }) : undefined
    const first = await run()
    expect(first).toMatchObject({ state: 'failed', error: { code: 'LOG_UNAVAILABLE' } })
    collector.reply = () => undefined
    const second = await run()
    expect(second).toMatchObject({
      state: 'complete',
      resumedAfterRows: first.total.rows,
      total: { rows: 100 },
    })
    expect(collector.items.size).toBe(100)
  })

  test('a server that is not there is retried until the time for retries is over', async () => {
    const { run, notes } = await setup(hundred)
    const outcome = await run({}, { url: 'http://127.0.0.1:1', retryForMs: 300 })
    expect(outcome).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('does not answer') },
    })
    expect(notes.some((note) => note.includes('trying again'))).toBe(true)
  })

  test.each([
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [400, 'BAD_REQUEST'],
  ])('%i is not tried again', async (status, code) => {
    const { collector, run } = await setup(hundred)
    collector.reply = () => problem(status, code, 'no')
    expect(await run()).toMatchObject({ state: 'failed', error: { code }, total: { rows: 0 } })
    expect(collector.requests.length).toBeLessThanOrEqual(3)
  })

  test('a batch that the server finds too large is halved, and only a row too large by itself is rejected', async () => {
    const { collector, run } = await setup(hundred)
    collector.reply = ({ items }) =>
      items.length > 3 || items.some(({ message }) => message === 'row 41')
        ? problem(413, 'PAYLOAD_TOO_LARGE', 'too large')
        : undefined
    const outcome = await run({ batchRows: 50 })
    expect(outcome.total).toMatchObject({ rows: 100, accepted: 99 })
    expect(outcome.total.rejected).toEqual([
      { code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('too large'), count: 1, lines: [42] },
    ])
    expect(collector.items.size).toBe(99)
  })

  test('no request is larger than the rows and bytes it may hold', async () => {
    const wide = Array.from({ length: 40 }, (_, index) =>
      JSON.stringify({ time: index, message: 'x'.repeat(200_000) }),
    )
    const { collector, run } = await setup(wide.join('\n'))
    await run({ batchRows: 100 })
    expect(collector.items.size).toBe(40)
    expect(Math.max(...collector.requests.map(({ items }) => items.length))).toBe(7)
  })

  test('--rate holds the rows back, and a stop does not wait for the next', async () => {
    const { collector, run } = await setup(hundred)
    const stop = new AbortController()
    const running = run({ rate: 0.01 }, { stop: stop.signal })
    await until(() => collector.items.size === 1)
    stop.abort()
    expect(await running).toMatchObject({ state: 'interrupted', total: { rows: 1 } })
  })
})
