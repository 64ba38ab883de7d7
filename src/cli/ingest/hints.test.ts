import { expect, test } from 'vitest'
import { hintsOf } from './hints.ts'
import { createReading, type IngestPlan } from './plan.ts'
import { logEvents } from '../../modules/incidents/log-events.dataset.ts'

const tally = (...rejected: [code: string, message: string, count: number][]) => ({
  rows: 10,
  accepted: 0,
  duplicates: 0,
  rejected: rejected.map(([code, message, count]) => ({ code, message, count, lines: [1] })),
})

const unread = (count: number) => tally(['UNREADABLE', 'this is not a line of syslog', count])

const format = (name: string, reading: IngestPlan['reading'], said?: 'json') => {
  const plan = { source: { name, head: Buffer.from('{"a":1}') }, mapping: { map: [], timeColumn: [] } }
  return createReading({ ...plan, dataset: logEvents, reading, format: said } as never).format
}

test.each([
  [['INVALID_FIELD', 'level: expected a level', 1], '--map-level pino|python|syslog'],
  [['UNREADABLE', 'the time is not in the format %Y', 10], '--time-format'],
  [['MISSING_FIELD', 'time: missing', 1], '--time-column'],
  [['UNKNOWN_FIELD', 'colour: not a field', 1], '--rest attributes'],
  [['TOO_OLD', 'time: older than 90 days', 1], '--shift-to now'],
] as const)('%j is answered with the flag %s', (group, flag) => {
  expect(hintsOf('csv', tally([...group]))[0]).toContain(flag)
})

test('a file most of whose rows could not be read is said to be of another form', () => {
  expect(hintsOf('syslog', unread(6))).toEqual([expect.stringContaining('was read as syslog: --format')])
  expect(hintsOf('syslog', unread(5))).toEqual([])
  expect(hintsOf('pattern', unread(6))[0]).toContain('--record-start')
})

test('flags that only a table has make it one, and contradict another format', () => {
  expect(format('x.log', { header: true })).toBe('ndjson')
  expect(format('x.log', { header: true, delimiter: ';' })).toBe('csv')
  expect(format('x.tsv.gz', { header: false })).toBe('tsv')
  expect(() => format('x.log', { header: false }, 'json')).toThrow(
    '--no-header is for tables, and json is none',
  )
})
