import { expect, test } from 'vitest'
import { checkItem } from '../../ingest/dataset.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { streamHealthSamples } from './stream-health.dataset.ts'

const now = Date.UTC(2026, 0, 31)
const DAY = 86_400_000
const [tenant, id] = [trustTenantId(uuidv7()), uuidv7()]
const check = (item: object) =>
  checkItem(streamHealthSamples, { time: now, internal_name: 'main', ...item }, now)
const rowOf = (item: object) => {
  const checked = check(item)
  if ('error' in checked) throw new Error(checked.error.message)
  return streamHealthSamples.toRow(
    JSON.parse(streamHealthSamples.toLine(tenant, checked.item, id)) as unknown[],
  )
}

test('a number that was not measured is stored as null and read back as none, which 0 is not', () => {
  const line = JSON.parse(streamHealthSamples.toLine(tenant, { ...rowOf({ fps: 0 }) }, id)) as unknown[]
  const at = (column: string) => line[streamHealthSamples.columns.indexOf(column)]
  expect([at('fps'), at('bitrate_kbps'), at('health_score')]).toEqual([0, null, null])
  expect(rowOf({ fps: 0, width: null })).toMatchObject({ fps: 0, width: undefined, health_score: undefined })
})

test('fractions have three digits, so that their sums are exact', () =>
  expect(rowOf({ fps: 29.970_03, frame_jitter_ms: 0.000_4, health_score: 99.999_9 })).toMatchObject({
    fps: 29.97,
    frame_jitter_ms: 0,
    health_score: 100,
  }))

test.each([
  ['health_score', 100.1, 'a number from 0 to 100'],
  ['health_score', -1, 'a number from 0 to 100'],
  ['fps', 'fast', 'a number from 0 to 10000'],
  ['packets_lost', 0.5, 'a whole number from 0 to 1000000000000'],
  ['buffer_state', 'full', 'a buffer state: FULL, EMPTY, DRY or RECOVER'],
  ['track_metadata', [], 'a JSON object'],
  ['internal_name', '', 'a name of 1 to 128 characters'],
])('%s %j is refused by its name', (field, value, expected) =>
  expect(check({ [field]: value })).toMatchObject({
    error: { message: expect.stringContaining(`${field}: expected ${expected}`) },
  }),
)

test('what is older than such rows are kept is refused', () =>
  expect(check({ time: now - 31 * DAY })).toMatchObject({
    error: { code: 'TOO_OLD', message: expect.stringContaining('30 days') },
  }))
