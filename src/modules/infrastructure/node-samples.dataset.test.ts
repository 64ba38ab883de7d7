import { expect, test } from 'vitest'
import { checkItem } from '../../ingest/dataset.ts'
import { trustTenantId, uuidv7 } from '../../platform/ids.ts'
import { nodeSamples } from './node-samples.dataset.ts'

const now = Date.UTC(2026, 0, 31)
const DAY = 86_400_000
const MINUTE = 60_000
const [tenant, id] = [trustTenantId(uuidv7()), uuidv7()]
const check = (item: object) => checkItem(nodeSamples, { time: now, node_id: 'edge-1', ...item }, now)
const lineOf = (item: object): unknown[] => {
  const checked = check(item)
  if ('error' in checked) throw new Error(checked.error.message)
  return JSON.parse(nodeSamples.toLine(tenant, checked.item, id)) as unknown[]
}
const rowOf = (item: object) => nodeSamples.toRow(lineOf(item))

test('what was not measured is stored as null and read back as none, which 0 and false are not', () => {
  const line = lineOf({ cpu_percent: 0, is_healthy: false })
  const at = (column: string) => line[nodeSamples.columns.indexOf(column)]
  expect(['cpu_percent', 'is_healthy', 'memory_percent', 'health_score', 'latitude'].map(at)).toEqual([
    0,
    false,
    null,
    null,
    null,
  ])
  expect(rowOf({ cpu_percent: 0, is_healthy: false, disk_percent: null })).toMatchObject({
    cpu_percent: 0,
    is_healthy: false,
    disk_percent: undefined,
    health_score: undefined,
    tags: [],
    metadata: '{}',
  })
})

test('places are rounded, fractions have three digits, tags are there once, and names are trimmed', () =>
  expect(
    rowOf({
      node_id: ' Kante 1 ',
      latitude: 52.3676,
      longitude: -4.9041,
      memory_percent: 33.333_33,
      tags: ['eu', 'eu', 'new'],
      is_healthy: 'true',
    }),
  ).toMatchObject({
    node_id: 'Kante 1',
    latitude: 52.4,
    longitude: -4.9,
    memory_percent: 33.333,
    tags: ['eu', 'new'],
    is_healthy: true,
  }))

test('the columns of the system that this replaces are taken by their names', () =>
  expect(rowOf({ cpu_usage: 12, memory_usage: 34, disk_usage: 56 })).toMatchObject({
    cpu_percent: 12,
    memory_percent: 34,
    disk_percent: 56,
  }))

test.each([
  ['health_score', 140, 'a whole number from 0 to 100'],
  ['health_score', -1, 'a whole number from 0 to 100'],
  ['cpu_percent', 100.1, 'a number from 0 to 100'],
  ['is_healthy', 1, 'true or false'],
  ['is_healthy', 'constructor', 'true or false'],
  ['node_id', '', 'a name of 1 to 128 characters'],
  ['node_id', 'a\u0000b', 'a name of 1 to 128 characters'],
  ['tags', 'eu', 'a list of at most 32 texts'],
  ['tags', [''], 'a list of at most 32 texts of 1 to 64 characters'],
  ['tags', Array.from({ length: 33 }, () => 'eu'), 'a list of at most 32 texts'],
  ['ram_max', -1, 'a whole number from 0 to 1000000000000000'],
  ['metadata', [], 'a JSON object'],
])('%s %j is refused by its name', (field, value, expected) =>
  expect(check({ [field]: value })).toMatchObject({
    error: { message: expect.stringContaining(`${field}: expected ${expected}`) },
  }),
)

test('a sample without a node, one from the future and one that would not be kept are refused', () => {
  const { node_id: _node, ...nameless } = { time: now, node_id: 'edge-1', cpu_percent: 1 }
  expect(checkItem(nodeSamples, nameless, now)).toMatchObject({
    error: { message: expect.stringContaining('node_id') },
  })
  expect(check({ time: now + 5 * MINUTE })).toHaveProperty('item')
  expect(check({ time: now + 5 * MINUTE + 1 })).toMatchObject({
    error: { code: 'IN_THE_FUTURE', message: expect.stringContaining('5 minutes ahead') },
  })
  expect(check({ time: now - 31 * DAY })).toMatchObject({
    error: { code: 'TOO_OLD', message: expect.stringContaining('30 days') },
  })
})
