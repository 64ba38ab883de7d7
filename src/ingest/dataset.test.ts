import { expect, test } from 'vitest'
import { trustTenantId } from '../platform/ids.ts'
import { checkItem } from './dataset.ts'
import { logEvents } from './datasets/log-events.ts'
import { viewerSamples } from './datasets/viewer-samples.ts'

const tenant = trustTenantId('0198c0de-0000-7000-8000-000000000001')
const id = '0198c0de-0000-7000-8000-00000000000a'
const now = Date.parse('2026-01-31T12:00:00.000Z')

const sample = { time: now, internal_name: 'talk', viewer_count: 3 }
const event = { time: now, message: 'm' }

const viewerLine = (value: unknown): unknown[] => {
  const checked = checkItem(viewerSamples, value, now)
  if ('error' in checked) throw new Error(checked.error.message)
  return JSON.parse(viewerSamples.toLine(tenant, checked.item, id)) as unknown[]
}
const viewerError = (value: unknown) => {
  const checked = checkItem(viewerSamples, value, now)
  return 'error' in checked ? checked.error : undefined
}
const logItem = (value: unknown) => {
  const checked = checkItem(logEvents, value, now)
  return 'error' in checked ? checked.error : checked.item
}

test('a line has the values in the order of the columns, defaults filled in', () => {
  const line = viewerLine(sample)
  expect(line).toHaveLength(viewerSamples.columns.length)
  expect(line).toEqual([tenant, id, now, 'talk', '', '', 'ZZ', '', 0, 0, 3, 0, 0, 0])
  expect(JSON.parse(logEvents.toLine(tenant, logItem(event) as never, id))).toHaveLength(
    logEvents.columns.length,
  )
})

test('times are RFC 3339 with a zone or Unix milliseconds, and nothing else', () => {
  expect(viewerLine({ ...sample, time: '2026-01-31T13:00:00.123456+01:00' })[2]).toBe(now + 123)
  for (const time of [
    '2026-01-31T12:00:00',
    '2026-02-30T12:00:00Z',
    '2026-01-31',
    'now',
    now + 0.5,
    null,
    true,
    {},
  ]) {
    expect(viewerError({ ...sample, time })).toMatchObject({ code: 'INVALID_FIELD' })
  }
})

test('a time is at most 90 days back and 5 minutes ahead, to the millisecond', () => {
  const day = 86_400_000
  expect(viewerError({ ...sample, time: now - 90 * day })).toBeUndefined()
  expect(viewerError({ ...sample, time: now - 90 * day - 1 })?.code).toBe('TOO_OLD')
  expect(viewerError({ ...sample, time: now / 1000 })?.message).toContain('Unix milliseconds')
  expect(viewerError({ ...sample, time: now + 300_000 })).toBeUndefined()
  expect(viewerError({ ...sample, time: now + 300_001 })?.code).toBe('IN_THE_FUTURE')
})

test('coordinates are rounded to a tenth of a degree', () => {
  const [latitude, longitude] = viewerLine({ ...sample, latitude: 52.379189, longitude: -0.04 }).slice(8, 10)
  expect([latitude, longitude]).toEqual([52.4, 0])
  expect(viewerError({ ...sample, latitude: 90.1 })?.message).toBe(
    'latitude: expected a number from -90 to 90, got 90.1',
  )
})

test('64-bit numbers are exact as text, and refused as numbers that JSON has rounded', () => {
  expect(viewerLine({ ...sample, bandwidth: '18446744073709551615' })[13]).toBe('18446744073709551615')
  expect(viewerError({ ...sample, bandwidth: '18446744073709551616' })?.code).toBe('INVALID_FIELD')
  expect(viewerError({ ...sample, bandwidth: 2 ** 53 })?.code).toBe('INVALID_FIELD')
  expect(viewerError({ ...sample, viewer_count: 2 ** 32 })?.code).toBe('INVALID_FIELD')
})

test('country codes become upper case, and none is ZZ', () => {
  expect(viewerLine({ ...sample, country_code: 'nl' })[6]).toBe('NL')
  expect(viewerLine({ ...sample, country_code: '' })[6]).toBe('ZZ')
  expect(viewerError({ ...sample, country_code: 'NLD' })?.code).toBe('INVALID_FIELD')
})

test('what is wrong is told by code, field and expectation, with little of what was sent', () => {
  expect(viewerError([])).toEqual({ code: 'NOT_AN_OBJECT', message: 'expected a JSON object, got an array' })
  expect(viewerError(null)?.code).toBe('NOT_AN_OBJECT')
  expect(viewerError({ ...sample, viewers: 1 })).toEqual({
    code: 'UNKNOWN_FIELD',
    message: 'viewers: not a field of this dataset',
  })
  expect(viewerError({ time: now, viewer_count: 1 })).toEqual({
    code: 'MISSING_FIELD',
    message: 'internal_name: missing, expected text of 1 to 128 characters',
  })
  expect(viewerError({ internal_name: 'a', viewer_count: 1 })?.code).toBe('MISSING_FIELD')
  const long = viewerError({ ...sample, internal_name: 'x'.repeat(1000) })
  expect(long?.code).toBe('INVALID_FIELD')
  expect(long?.message.length).toBeLessThan(150)
  expect(viewerError({ ...sample, event_id: '00000000-0000-0000-0000-000000000000' })?.code).toBe(
    'INVALID_FIELD',
  )
})

test('levels of any usual spelling become one of six', () => {
  const spelt = ['notice', 'WARNING', 'err', 'crit', 'Emerg', 'alert', 'trace', 'Debug']
  expect(spelt.map((level) => (logItem({ ...event, level }) as { level: string }).level)).toEqual([
    'INFO',
    'WARN',
    'ERROR',
    'FATAL',
    'FATAL',
    'FATAL',
    'TRACE',
    'DEBUG',
  ])
  expect(logItem({ ...event, level: 'loud' })).toMatchObject({ code: 'INVALID_FIELD' })
  expect(logItem(event)).toMatchObject({ level: 'INFO' })
})

test('attributes are texts; numbers and booleans become text, and more than 64 are refused', () => {
  expect(logItem({ ...event, attributes: { a: 1.5, b: false, c: 'x' } })).toMatchObject({
    attributes: { a: '1.5', b: 'false', c: 'x' },
  })
  expect(logItem({ ...event, attributes: { a: { b: 1 } } })).toMatchObject({
    message: expect.stringMatching(/^attributes\.a:/),
  })
  expect(logItem({ ...event, attributes: { '\ud800': '\ud800' } })).toMatchObject({
    attributes: { '\ufffd': '\ufffd' },
  })
  expect(logItem({ ...event, attributes: { ['k'.repeat(129)]: 'v' } })).toMatchObject({
    code: 'INVALID_FIELD',
  })
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 'v']))
  expect(logItem({ ...event, attributes: many })).toMatchObject({ code: 'INVALID_FIELD' })
})

test('the live digest is the latest sample per key, the same for the same rows, and leaves out history', () => {
  const rows = [
    viewerLine({ ...sample, viewer_count: 1, time: now - 2000 }),
    viewerLine({ ...sample, viewer_count: 2, time: now - 1000 }),
    viewerLine({ ...sample, viewer_count: 3, time: now - 1000 }),
    viewerLine({ ...sample, viewer_count: 9, node_id: 'edge' }),
    viewerLine({ ...sample, viewer_count: 7, node_id: 'old', time: now - 3_600_000 }),
  ]
  const expected = [
    ['talk', '', 'ZZ', '', now - 1000, 3],
    ['talk', 'edge', 'ZZ', '', now, 9],
  ]
  expect(viewerSamples.live?.(rows, now)).toEqual(expected)
  expect(viewerSamples.live?.([...rows, ...rows], now)).toEqual(expected)
  expect(viewerSamples.live?.(rows.slice(4), now)).toBeUndefined()
})
