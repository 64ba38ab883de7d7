import { parseJson } from '../../platform/json.ts'
import { describe, expect, test } from 'vitest'
import { createMapping, type MappingOptions, type MappingTarget } from './mapping.ts'
import { viewerSamples } from '../../modules/audience/viewer-samples.dataset.ts'
import { logEvents } from '../../modules/incidents/log-events.dataset.ts'

const map = (
  options: Partial<MappingOptions>,
  row: Record<string, unknown>,
  target: MappingTarget = logEvents,
) =>
  createMapping({ map: [], set: [], timeColumn: [], time: { format: 'auto' }, ...options }, target).apply(row)

const level = (mapLevel: string[], value: unknown) => {
  const mapped = map({ mapLevel }, { level: value })
  return 'item' in mapped ? mapped.item.level : mapped
}

describe('rows become items', () => {
  test('columns go to fields and to attributes, constants are added, and the rest is left out', () => {
    const row = { LineId: '1', Component: 'LabSZ', EventId: 'E27', Content: 'a, "b"' }
    const options = { map: ['Component=host', 'EventId=attributes.event_id', 'Content=message'] }
    expect(map({ ...options, set: ['service=sshd', 'attributes.source=a=b'] }, row)).toEqual({
      item: {
        host: 'LabSZ',
        message: 'a, "b"',
        service: 'sshd',
        attributes: { event_id: 'E27', source: 'a=b' },
      },
    })
  })

  test('--rest puts every other column into the attributes', () => {
    const options = { map: ['Content=message'], rest: 'attributes', timeColumn: ['Time'] }
    expect(map(options, { Content: 'x', Pid: '7', Time: '2020-01-01', Level: '' })).toEqual({
      item: { message: 'x', attributes: { Pid: '7' } },
      timeMs: Date.UTC(2020, 0, 1),
    })
  })

  test('without --map every column goes to the field of its name', () => {
    const row = { time: 1_600_000_000_000, message: 'x', attributes: { a: 'b' } }
    expect(map({ set: ['attributes.c=d'] }, row)).toEqual({
      item: { ...row, attributes: { a: 'b', c: 'd' } },
      timeMs: 1_600_000_000_000,
    })
    expect(row.attributes).toEqual({ a: 'b' })
  })

  test('text becomes a number only where the field is one, and only when it is one', () => {
    const options = { map: ['v=viewer_count', 'lat=latitude', 'n=node_id', 'bad=bandwidth'] }
    const read = (row: object) => map(options, { ...row }, viewerSamples)
    expect(read({ v: '12', lat: '-1.5', n: '007', bad: 'many' })).toEqual({
      item: { viewer_count: 12, latitude: -1.5, node_id: '007', bandwidth: 'many' },
    })
    expect(read({ v: ' 12 ', lat: '  ', bad: '18446744073709551615' })).toEqual({
      item: { viewer_count: 12, bandwidth: '18446744073709551615' },
    })
    for (const v of ['0x10', '1e400', 'Infinity', '1_000', '0b1'])
      expect(read({ v })).toEqual({ item: { viewer_count: v } })
  })

  test('a column that is called as a field goes there, also beside --map and --rest', () => {
    const row = { level: 'warn', logger: 'db', thread: 'main', message: 'x' }
    expect(map({ map: ['logger=service'], rest: 'attributes' }, row)).toEqual({
      item: { level: 'warn', message: 'x', service: 'db', attributes: { thread: 'main' } },
    })
    expect(map({ map: ['logger=message'] }, row)).toEqual({ item: { level: 'warn', message: 'db' } })
    const target = { ...logEvents, rest: 'attributes', unasked: ['thread'] }
    expect(map({}, row, target)).toEqual({
      item: { level: 'warn', message: 'x', attributes: { logger: 'db' } },
    })
    expect(map({ map: ['thread=attributes.thread'] }, row, target)).toEqual({
      item: { level: 'warn', message: 'x', attributes: { logger: 'db', thread: 'main' } },
    })
  })

  test('levels are read by a table or by pairs, padded or not, and others stay', () => {
    expect([30, '30', ' 40 ', 60].map((value) => level(['pino'], value))).toEqual([
      'info',
      'info',
      'warn',
      'fatal',
    ])
    expect(level(['python'], 30)).toBe('warn')
    expect(level(['syslog'], '3')).toBe('error')
    expect(level(['E=error', 'pino'], 'e ')).toBe('error')
    expect(level(['E=error'], 'WARN ')).toBe('WARN ')
    expect(() => map({ mapLevel: ['log4j'] }, {})).toThrow(
      '--map-level takes pino, python, syslog or <text>=<level>',
    )
    expect(() => map({ mapLevel: ['E='] }, {})).toThrow('not "E="')
  })

  test('digits of a number that is too large for one stay what they are', () => {
    const row = parseJson('{"message": "x", "attributes": {"trace": 12345678901234567890}}')!.value
    expect(JSON.stringify(map({}, row as Record<string, unknown>))).toContain('"trace":12345678901234567890')
  })

  test('an empty cell is no value, but an empty message is a message', () => {
    expect(map({}, { message: '', host: '', level: ' ', trace_id: 'x' })).toEqual({
      item: { message: '', trace_id: 'x' },
    })
  })

  test('several time columns are joined with a space', () => {
    const options = { timeColumn: ['Date', 'Day', 'Time'], time: { format: '%b %d %T', year: 2016 } }
    expect(map(options, { Date: 'Dec', Day: '10', Time: '06:55:46' })).toEqual({
      item: {},
      timeMs: Date.UTC(2016, 11, 10, 6, 55, 46),
    })
  })

  test('a time that can not be read is a problem of its row, and none at all is for the server to judge', () => {
    expect(map({}, { time: 'soon' })).toEqual({ problem: expect.stringContaining('--time-format') })
    expect(map({ time: { format: '%Y' } }, { time: 'soon' })).toEqual({
      problem: 'the time is not in the format %Y',
    })
    expect(map({}, { message: 'x' })).toEqual({ item: { message: 'x' } })
  })

  test('nested JSON is reached by a dotted path, and a column called __proto__ is only a column', () => {
    expect(
      map({ map: ['kubernetes.host=host', 'a=b=service'] }, { kubernetes: { host: 'n1' }, 'a=b': 's' }),
    ).toEqual({
      item: { host: 'n1', service: 's' },
    })
    const row = JSON.parse('{"__proto__":"x"}') as Record<string, unknown>
    const mapped = map({ rest: 'attributes' }, row)
    expect(JSON.stringify(mapped)).toBe('{"item":{"attributes":{"__proto__":"x"}}}')
  })

  test('a pair without = is refused by name', () => {
    expect(() => map({ map: ['Content'] }, {})).toThrow('"Content" is not of the form --map column=field')
    expect(() => map({ set: ['=x'] }, {})).toThrow('--set field=value')
  })
})
