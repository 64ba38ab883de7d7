import { expect, test } from 'vitest'
import { z } from 'zod'
import { trustTenantId } from '../platform/ids.ts'
import { checkItem, defineDataset, type Line } from './dataset.ts'
import { text, time, uint64 } from './fields.ts'
import { datasets } from '../modules/datasets.ts'
import { parseJson } from '../platform/json.ts'
import { metricPoints } from '../modules/metrics/metric-points.dataset.ts'
import { logEvents } from '../modules/incidents/log-events.dataset.ts'
import { internalName } from '../modules/streaming/stream.rules.ts'
import { viewerSamples } from '../modules/audience/viewer-samples.dataset.ts'

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
  expect(line).toEqual([
    tenant,
    id,
    '2026-01-31 12:00:00.000',
    'talk',
    '',
    '',
    'ZZ',
    '',
    0,
    0,
    3,
    null,
    null,
    null,
  ])
  expect(JSON.parse(logEvents.toLine(tenant, logItem(event) as never, id))).toHaveLength(
    logEvents.columns.length,
  )
})

test('times are RFC 3339 with a zone or Unix milliseconds, and nothing else', () => {
  expect(viewerLine({ ...sample, time: '2026-01-31T13:00:00.123456+01:00' })[2]).toBe(
    '2026-01-31 12:00:00.123',
  )
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

test('64-bit numbers are exact as text, refused as numbers that JSON has rounded, and have a bound of their own', () => {
  const total = uint64(2n ** 63n)
  expect(total.safeParse('9007199254740993').data).toBe('9007199254740993')
  expect(total.safeParse(String(2n ** 63n)).data).toBe(String(2n ** 63n))
  expect(total.safeParse(String(2n ** 63n + 1n)).success).toBe(false)
  expect(total.safeParse(2 ** 53).success).toBe(false)
  expect(viewerLine({ ...sample, bandwidth: '1000000000000000' })[13]).toBe('1000000000000000')
  expect(viewerError({ ...sample, bandwidth: 1e15 + 1 })?.code).toBe('INVALID_FIELD')
})

/** What no sender means: an overflow of 32 bits, of 53, of 64, of a float. */
const doubles = new Set(['metric_points.value'])
const absurd = [2 ** 32 - 1, Number.MAX_SAFE_INTEGER, 2 ** 63, 1e308, '18446744073709551615']
test.each(datasets.map((dataset) => [dataset.name, dataset] as const))(
  'no number of %s is so large that a sum of a day of them is an error',
  (_name, dataset) => {
    const numeric = dataset.fields.filter((each) => each.numeric)
    for (const { name: field } of numeric) {
      const taken = absurd.flatMap((value) => {
        const { data } = (dataset.schema as unknown as z.ZodObject).shape[field]!.safeParse(value)
        return data === undefined ? [] : [Number(data)]
      })
      // A million samples of it stay below 2^64, and what the graph adds up of viewers below 2^53. Of what is
      // any quantity, which is kept as a double, they stay finite.
      const most = doubles.has(`${dataset.name}.${field}`) ? 2 ** 1_000 : 2 ** 44
      expect(Math.max(0, ...taken), field).toBeLessThan(most)
    }
    expect(dataset.name !== 'viewer_samples' || numeric.length > 4).toBe(true)
  },
)

test('a count of viewers is at most what the graph can add up, and the refusal says so', () => {
  expect(viewerLine({ ...sample, viewer_count: 100_000_000 })[10]).toBe(100_000_000)
  expect(viewerError({ ...sample, viewer_count: 100_000_001 })).toEqual({
    code: 'INVALID_FIELD',
    message: 'viewer_count: expected a whole number from 0 to 100000000, got 100000001',
  })
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
    message:
      'internal_name: missing, expected a name of 1 to 128 characters, without control and invisible ones',
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
  expect(spelt.map((level) => (logItem({ ...event, level }) as unknown as { level: string }).level)).toEqual([
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

const withNumber = (json: string) => logItem({ ...event, attributes: parseJson(`{"n": ${json}}`)?.value })

test('a whole number keeps its digits, whatever its size; one that JSON can not hold is refused', () => {
  for (const number of ['12345678901234567890', '-9007199254740993', '9007199254740991', '0.1'])
    expect(withNumber(number)).toMatchObject({ attributes: { n: number } })
  for (const number of ['1e400', '-1e400', '1e20', '12345678901234567890.5'])
    expect(withNumber(number)).toMatchObject({
      code: 'INVALID_FIELD',
      message: expect.stringContaining('attributes.n'),
    })
  const sums = defineDataset({ name: 'x', fields: { time: time(), total: uint64(2n ** 64n - 1n) } })
  const exact = parseJson(`{"time": ${now}, "total": 18446744073709551615}`)!.value
  expect(checkItem(sums, exact, now)).toEqual({ item: { time: now, total: '18446744073709551615' } })
  const large = parseJson('{"viewer_count": 12345678901234567890}')!.value
  expect(viewerError({ ...sample, ...(large as object) })?.message).toBe(
    'viewer_count: expected a whole number from 0 to 100000000, got 12345678901234567890',
  )
  expect(viewerError(parseJson('12345678901234567890')!.value)?.code).toBe('NOT_AN_OBJECT')
})

test('__proto__ is refused as a field and as the name of an attribute, since it would vanish', () => {
  const read = (json: string) => logItem({ ...event, ...(parseJson(json)!.value as object) })
  expect(read('{"attributes": {"__proto__": "x"}}')).toEqual({
    code: 'INVALID_FIELD',
    message: 'attributes.__proto__: expected a name of 1 to 128 characters, and not __proto__, got "x"',
  })
  expect(read('{"attributes": {"constructor": "x"}}')).toMatchObject({ attributes: { constructor: 'x' } })
  const item = parseJson(`{"time": ${now}, "message": "m", "__proto__": "x"}`)!.value
  expect(logItem(item)).toMatchObject({ code: 'UNKNOWN_FIELD' })
})

const labelsOf = (labels: string) => {
  const point = parseJson(`{"time": ${now}, "name": "cpu", "value": 1, "labels": ${labels}}`)!.value
  const checked = checkItem(metricPoints, point, now)
  return 'error' in checked ? checked.error : checked.item.labels
}
test('the same of labels, which bound their names otherwise; other names of prototypes stay', () => {
  expect(labelsOf('{"__proto__": "x"}')).toMatchObject({
    code: 'INVALID_FIELD',
    message: expect.stringMatching(/^labels\.__proto__: .* and not __proto__, got "x"$/) as string,
  })
  const others = { constructor: 'a', toString: 'b', hasOwnProperty: 'c', valueOf: 'd' }
  expect(labelsOf(JSON.stringify(others))).toEqual(others)
})

test('null in a field that may be left out, and in an attribute, is "not given"; elsewhere it is refused', () => {
  const nulls = { event_id: null, project: null, host: null, level: null, trace_id: null }
  expect(logItem({ ...event, ...nulls, attributes: { a: null, b: 'x' } })).toEqual({
    ...(logItem(event) as object),
    attributes: { b: 'x' },
  })
  expect(logItem({ ...event, attributes: null })).toEqual(logItem(event))
  expect(viewerLine({ ...sample, country_code: null, latitude: null, bandwidth: null })).toEqual(
    viewerLine(sample),
  )
  expect(logItem({ ...event, message: null })).toMatchObject({ code: 'INVALID_FIELD' })
  expect(logItem({ ...event, colour: null })).toMatchObject({ code: 'UNKNOWN_FIELD' })
})

test.each([
  ['node_samples', { node_id: 'n' }, { cpu_usage: null, memory_usage: null }],
  ['track_list_events', { internal_name: 's' }, { primary_width: null, primary_video_codec: null }],
  [
    'connection_events',
    { internal_name: 's', event_type: 'connect', session_id: 's' },
    { connection_addr: null, session_duration: null },
  ],
  ['product_events', { event_type: 'view' }, { properties: { session_id: null } }],
  ['product_events', { event_type: 'view' }, { properties: { session_id: 123 } }],
])(
  'in %s null under the other name of a field is "not given" too, and so is what is no text deeper',
  (name, fields, more) => {
    const dataset = datasets.find((each) => each.name === name)!
    const item = { ...fields, time: now }
    const of = (value: object) => {
      const checked = checkItem(dataset, value, now)
      if ('error' in checked) throw new Error(checked.error.message)
      const { properties: _properties, ...rest } = checked.item as unknown as Record<string, unknown>
      return rest
    }
    expect(of({ ...item, ...more })).toEqual(of(item))
  },
)

const deep = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`)

test('a document of any length and depth is refused by itself', () => {
  const dataset = datasets.find(({ name }) => name === 'product_events')!
  const of = (properties: unknown) => checkItem(dataset, { time: now, event_type: 'view', properties }, now)
  const refused = {
    error: { code: 'INVALID_FIELD', message: expect.stringMatching(/^properties: /) as string },
  }
  expect(of({ a: Array(300_000).fill(0) })).toMatchObject(refused)
  expect(of(Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`k${n}`, n])))).toMatchObject(
    refused,
  )
  expect(of(deep(9))).toMatchObject(refused)
  expect(of(deep(5_000))).toMatchObject(refused)
  expect(of({ a: [1, [Infinity]] })).toMatchObject(refused)
  expect(of(deep(8))).toHaveProperty('item')
})

test('the columns are in the order in which lines wait in the log: to move one would mix up their values', () => {
  expect(viewerSamples.columns.join(' ')).toBe(
    'tenant_id event_id time internal_name node_id connection_type country_code city latitude longitude viewer_count connection_score buffer_score bandwidth_bps',
  )
  expect(logEvents.columns.join(' ')).toBe(
    'tenant_id event_id time project_id environment_id service host level message trace_id attributes',
  )
})

test('a line is read back as the row that it was made of, by the names of the fields', () => {
  const item = logItem({ ...event, project: id, attributes: { a: '1' }, level: 'warn' })
  if (!('time' in item)) throw new Error(item.message)
  const line = JSON.parse(logEvents.toLine(tenant, item, id)) as unknown[]
  expect(logEvents.toRow(line)).toEqual({ ...item, event_id: id })
  expect(logEvents.toRow(line)).toMatchObject({
    project: id,
    level: 'WARN',
    service: '',
    attributes: { a: '1' },
  })
})

test('each field says what it expects, whether it is required, and what it is when it is left out', () => {
  expect(viewerSamples.fields.slice(0, 4)).toEqual([
    { name: 'event_id', expected: 'a UUID that is not nil', required: false },
    {
      name: 'time',
      expected: 'RFC 3339 text like 2026-01-31T12:00:00.000Z, or whole Unix milliseconds',
      required: true,
    },
    {
      name: 'internal_name',
      expected: 'a name of 1 to 128 characters, without control and invisible ones',
      required: true,
    },
    {
      name: 'node_id',
      expected: 'text of at most 128 characters',
      characters: 128,
      required: false,
      default: '',
    },
  ])
  expect(logEvents.fields.at(-1)).toEqual({
    name: 'attributes',
    expected: 'an object of at most 64 names (1 to 128 characters) and texts',
    required: false,
    default: {},
  })
  // What a field expects is what its refusal says, so an item with no field is refused for the first required
  // one.
  for (const { fields, schema } of [viewerSamples, logEvents])
    expect(schema.safeParse({}).error?.issues.map(({ path }) => path[0])).toEqual(
      fields.filter(({ required }) => required).map(({ name }) => name),
    )
})

test('times go to the store as text, since a bare number means seconds to some servers and milliseconds to others', () => {
  const at = Date.parse('2026-01-31T11:59:58.007Z')
  const startedAt = at - 1
  const sent = defineDataset({
    name: 'x',
    fields: { time: time(), started_at: time().default(0), n: text(9) },
  })
  const line = sent.toLine(tenant, { time: at, started_at: startedAt, n: 'a' }, id)
  expect(line).toBe(`["${tenant}","${id}","2026-01-31 11:59:58.007","2026-01-31 11:59:58.006","a"]`)
  expect(sent.toRow(JSON.parse(line) as Line)).toEqual({
    event_id: id,
    time: at,
    started_at: startedAt,
    n: 'a',
  })
  // A line that the version before left in the log.
  expect(sent.toRow([tenant, id, at, startedAt, 'a'])).toMatchObject({ time: at, started_at: startedAt })
  for (const dataset of datasets) {
    const columns = dataset.columns.indexOf('time')
    const item = { event_id: id, time: at } as Parameters<typeof dataset.toLine>[1]
    const stored = JSON.parse(dataset.toLine(tenant, item, id)) as Line
    expect(stored[columns], dataset.name).toBe('2026-01-31 11:59:58.007')
  }
})

test('a stream is called in samples as it may be called in the graph, and as nothing else', () => {
  for (const name of ['Só na conversa', 'live+talk', '雑談', 'a b', 'x'.repeat(128), 'cafe\u0301 🛰'])
    expect(viewerLine({ ...sample, internal_name: name })[3]).toBe(internalName.parse(name))
  for (const name of ['', ' ', 'a\nb', '\u200bx', 'x'.repeat(129), '\ud83d', 7]) {
    expect(viewerError({ ...sample, internal_name: name })?.code, String(name)).toBe('INVALID_FIELD')
    expect(internalName.safeParse(name).success, String(name)).toBe(false)
  }
})

test('a dataset whose fields have no plain names, or do not say what they expect, is refused when it is declared', () => {
  const fields = { time: time() }
  expect(() => defineDataset({ name: 'x', fields: { ...fields, 'a]);x': text(1) } })).toThrow(TypeError)
  expect(() => defineDataset({ name: 'x', fields: { ...fields, a: z.string() } })).toThrow(TypeError)
})
