import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkItem } from '../ingest/dataset.ts'
import { datasets } from '../modules/datasets.ts'
import { days, keptMs, retention } from './retention.ts'
import { MAX_RANGE_MS } from './time-range.ts'

const root = new URL('../../', import.meta.url)
const folder = new URL('clickhouse/migrations/', root)
const migrations = readdirSync(folder)
  .toSorted()
  .map((name) => readFileSync(new URL(name, folder), 'utf8').replaceAll(/--.*$/gm, ''))
  .join('\n')
const page = (name: string): string => readFileSync(new URL(name, root), 'utf8')

const tables = Array.from(
  migrations.matchAll(/CREATE TABLE IF NOT EXISTS (\w+)([\s\S]*?);/g),
  ([, name, body]) =>
    [name!, /\bTTL\b[^\n]*?\+ INTERVAL (\d+) (\w+)/.exec(body!)?.slice(1).join(' ')] as const,
)

test('every ClickHouse table is removed when the one place of these numbers says so', () => {
  expect(tables.length).toBeGreaterThanOrEqual(4)
  expect(tables).toEqual(tables.map(([name]) => [name, `${days(keptMs(name))} DAY`]))
})

test('ingest takes what rows of the dataset are kept for, and no range is longer than raw rows are', () => {
  expect(MAX_RANGE_MS).toBe(retention.raw)
  const now = Date.now()
  for (const { name } of datasets) {
    const known = (time: number) => ({
      name,
      schema: { safeParse: () => ({ success: true, data: { time } }) } as never,
      optional: new Set<string>(),
      resolve: (value: unknown) => value,
    })
    expect(checkItem(known(now - keptMs(name)), {}, now)).toHaveProperty('item')
    expect(checkItem(known(now - keptMs(name) - 1), {}, now)).toMatchObject({
      error: { code: 'TOO_OLD', message: expect.stringContaining(`${days(keptMs(name))} days`) },
    })
  }
  expect(keptMs('viewer_samples')).toBe(retention.raw)
  expect(keptMs('stream_health_samples')).toBe(retention.nodeSamples)
})

test.each([
  [
    'docs/architecture.md',
    `raw rows ${days(retention.raw)} days, minute rollups ${days(retention.minuteRollups)} days`,
  ],
  ['docs/operations.md', `${days(retention.raw)} days back`],
  ['docs/operations.md', `| range, points of a series | ${days(MAX_RANGE_MS)} days`],
  ['docs/errors.md', `before the ${days(retention.raw)} days for which raw rows are kept`],
  ['docs/access.md', 'The audit log is kept for two years'],
  ['README.md', `rows older than ${days(retention.raw)} days`],
])('%s says it as it is: %s', (name, words) => {
  expect(page(name).replaceAll(/\s+/g, ' ')).toContain(words)
})

test('the audit log is kept for the two years that its page names', () =>
  expect(days(retention.audit)).toBe(2 * 365))
