import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSharedStore, type TestStore } from '../../../tests/testkit/clickhouse.ts'
import { storeSamples } from '../../../tests/testkit/viewer-samples.ts'
import { parseDuration } from '../../platform/duration.ts'
import { trustTenantId, uuidv7, type TenantId } from '../../platform/ids.ts'
import { createViewerBreakdownQueries } from './viewer-breakdown.queries.ts'
import { createViewerSeriesQueries, type ViewerSeriesQueries } from './viewer-series.queries.ts'
import type { ViewerPoint } from './viewer-series.ts'
import { createViewerQueries } from './viewers.queries.ts'

const HOUR = 3_600_000
const now = Date.now()
/** 12:00 of the page: an hour that is over. */
const noon = Math.floor(now / HOUR) * HOUR - 2 * HOUR
const page = readFileSync(new URL('../../../docs/viewers.md', import.meta.url), 'utf8')

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''))

/** The rows of the page's table whose header is this. */
const table = (...columns: string[]): Record<string, string>[] => {
  const rest = page.split(`| ${columns.join(' | ')} |\n`)
  if (rest.length !== 2) throw new Error(`the page has not one table of ${columns.join(', ')}`)
  const lines = rest[1]!.split('\n').slice(1)
  const rows = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('|')),
  )
  return rows.map((line) => Object.fromEntries(cellsOf(line).map((cell, at) => [columns[at]!, cell])))
}

const timeOf = (text: string): number => noon + Date.parse(`1970-01-01T${text}Z`) - 12 * HOUR
const numberOf = (text: string): number | null => (text === 'null' ? null : Number(text))
/** The page has three decimals. */
const rounded = (value: number | null): number | null => value && Math.round(value * 1000) / 1000

const samples = table('stream', 'time', 'edge node', 'country', 'connection type', 'viewers').map((row) => ({
  stream: row.stream!,
  time: timeOf(row.time!),
  node: row['edge node']!,
  country: row.country!,
  type: row['connection type']!,
  viewers: Number(row.viewers),
}))
const numbers = ['average', 'peak', 'minutes', 'viewerMinutes', 'samples'] as const
const expectedPoints = table('stream', 'step', 'bucket', ...numbers)
const series = Map.groupBy(expectedPoints, ({ stream, step }) => `${stream} ${step}`)

let store: TestStore
let tenant: TenantId
let queries: ViewerSeriesQueries
beforeAll(async () => {
  store = await openSharedStore()
  queries = createViewerSeriesQueries({ clickHouse: store.clickHouse, clock: { now: () => now } })
  tenant = trustTenantId(uuidv7())
  for (const sample of samples) await storeSamples(store.clickHouse, [{ tenant, ...sample }])
})
afterAll(() => store.close())

const ask = (stream: string, step: string, fromMs: number, toMs: number) => ({
  internalNames: [stream],
  range: { from: new Date(fromMs), to: new Date(toMs) },
  stepMs: parseDuration(step),
  zone: 'UTC',
})

const shown = ({ time, ...values }: ViewerPoint) => ({
  time,
  ...Object.fromEntries(numbers.map((name) => [name, rounded(values[name])])),
})

test.each([...series])('the page says of %s what the queries answer', async (_name, rows) => {
  const { stream = '', step = '' } = rows[0]!
  const stepMs = parseDuration(step)
  const window = ask(stream, step, timeOf(rows[0]!.bucket!), timeOf(rows.at(-1)!.bucket!) + stepMs)
  const { points } = (await queries.viewerSeries(tenant, window)).get(stream)!
  expect(points.map(shown)).toEqual(
    rows.map((row) => ({
      time: new Date(timeOf(row.bucket!)),
      ...Object.fromEntries(numbers.map((name) => [name, numberOf(row[name]!)])),
    })),
  )
})

test('the page says of each country what the queries answer', async () => {
  const window = ask('match', 'PT1H', noon, noon + HOUR)
  const { viewerGroups } = createViewerBreakdownQueries({
    clickHouse: store.clickHouse,
    clock: { now: () => now },
  })
  const groups = await viewerGroups(tenant, { ...window, by: 'COUNTRY', first: 10 })
  const countries = groups.get('match')!
  expect(
    countries.map(({ countryCode, average, peak, viewerMinutes, samples: count }) => ({
      country: countryCode,
      average: rounded(average),
      peak,
      viewerMinutes,
      samples: count,
    })),
  ).toEqual(
    table('country', 'average', 'peak', 'viewerMinutes', 'samples').map(({ country, ...row }) => ({
      country,
      ...Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, Number(cell)])),
    })),
  )
})

test('below a minute the page says what viewers now said then', async () => {
  let clock = noon
  const live = createViewerQueries({ clickHouse: store.clickHouse, clock: { now: () => clock } })
  const instants = expectedPoints.filter(({ step }) => parseDuration(step!) < 60_000)
  expect(instants.length).toBeGreaterThan(0)
  const then = trustTenantId(uuidv7())
  const inTime = samples.toSorted((a, b) => a.time - b.time)
  for (const { stream = '', step, bucket, average } of instants) {
    const end = timeOf(bucket!) + parseDuration(step!)
    const come = inTime.filter(({ time }) => time < end)
    inTime.splice(0, come.length)
    if (come.length > 0)
      await storeSamples(
        store.clickHouse,
        come.map((sample) => ({ tenant: then, ...sample })),
      )
    clock = end - 1
    const viewers = (await live.viewersNowByStream(then, [stream])).get(stream)
    expect({ bucket, viewers }).toEqual({ bucket, viewers: numberOf(average!) ?? 0 })
  }
})
