import { describe, expect, test } from 'vitest'
import { createMapping, type MappingOptions } from './mapping.ts'

const map = (options: Partial<MappingOptions>, row: Record<string, unknown>) =>
  createMapping({ map: [], set: [], timeColumn: [], time: { format: 'auto' }, ...options }).apply(row)

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
    expect(map(options, { v: '12', lat: '-1.5', n: '007', bad: 'many' })).toEqual({
      item: { viewer_count: 12, latitude: -1.5, node_id: '007', bandwidth: 'many' },
    })
  })

  test('an empty cell is no value, but an empty message is a message', () => {
    expect(map({}, { message: '', host: '', trace_id: 'x' })).toEqual({
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
