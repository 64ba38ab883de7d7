import { parseJson } from '../../platform/json.ts'
import { describe, expect, test } from 'vitest'
import { timeReader } from './time-format.ts'

const read = (
  format: string,
  value: unknown,
  more: { year?: number; zone?: string; notAfterMs?: number } = {},
): string | undefined => {
  const ms = timeReader({ format, ...more })(value)
  return ms === undefined ? undefined : new Date(ms).toISOString()
}

describe('times of files', () => {
  test.each([
    ['%Y-%m-%d %H:%M:%S,%f', '2015-10-18 18:01:47,978', '2015-10-18T18:01:47.978Z'],
    ['%Y-%m-%d %H:%M:%S.%f', '2017-05-16 00:00:00.008', '2017-05-16T00:00:00.008Z'],
    ['%F %T.%f', '2023-11-16 18:15:46.6805900', '2023-11-16T18:15:46.680Z'],
    ['%a %b %d %H:%M:%S %Y', 'Sun Dec 04 04:47:44 2005', '2005-12-04T04:47:44.000Z'],
    ['%d/%b/%Y:%H:%M:%S %z', '17/May/2015:10:05:03 +0200', '2015-05-17T08:05:03.000Z'],
    ['%B %e, %Y %I:%M %p', 'March  4, 2020 12:05 AM', '2020-03-04T00:05:00.000Z'],
    ['%m/%d/%y %I %p', '12/31/69 11 pm', '1969-12-31T23:00:00.000Z'],
    ['[%H:%M] 100%% %Y', '[07:08] 100% 2020', '2020-01-01T07:08:00.000Z'],
    ['unix', '1618846866', '2021-04-19T15:41:06.000Z'],
    ['unix', 1618846866.5, '2021-04-19T15:41:06.500Z'],
    ['unix-ms', '1446249499322', '2015-10-30T23:58:19.322Z'],
    ['auto', 1446249499322, '2015-10-30T23:58:19.322Z'],
    ['auto', '2015-10-30T23:58:19.322+00:00', '2015-10-30T23:58:19.322Z'],
    ['iso', '2014-04-10 00:04:00', '2014-04-10T00:04:00.000Z'],
    ['iso', '2014-04-10', '2014-04-10T00:00:00.000Z'],
    ['iso', '2026/01/05 14:00:01', '2026-01-05T14:00:01.000Z'],
    ['iso', '2026-01-05 14:00:01+00', '2026-01-05T14:00:01.000Z'],
    ['iso', '2026-01-05 14:00:01 +02', '2026-01-05T12:00:01.000Z'],
    ['iso', '2026-01-05 14:00:01.5 UTC', '2026-01-05T14:00:01.500Z'],
    ['%d %b %Y %T %z', '05 Sept 2026 14:00:01 GMT', '2026-09-05T14:00:01.000Z'],
    ['unix-us', '1446249499322123', '2015-10-30T23:58:19.322Z'],
    ['unix-ns', '1446249499322123456', '2015-10-30T23:58:19.322Z'],
    ['auto', 1446249499, '2015-10-30T23:58:19.000Z'],
    ['auto', '1446249499.5', '2015-10-30T23:58:19.500Z'],
    ['auto', 1446249499322123, '2015-10-30T23:58:19.322Z'],
    ['auto', parseJson('1446249499322123456')!.value, '2015-10-30T23:58:19.322Z'],
    ['auto', '17/May/2015:10:05:03 +0200', '2015-05-17T08:05:03.000Z'],
    ['auto', 'Sun Dec 04 04:47:44 2005', '2005-12-04T04:47:44.000Z'],
  ])('%s reads %s', (format, value, expected) => {
    expect(read(format, value)).toBe(expected)
  })

  test('a log without a year takes it from --time-year, and is refused without one', () => {
    expect(read('%b %d %H:%M:%S', 'Dec 10 06:55:46', { year: 2016 })).toBe('2016-12-10T06:55:46.000Z')
    expect(read('%b %d %H:%M:%S', 'Dec  1 06:55:46', { year: 2016 })).toBe('2016-12-01T06:55:46.000Z')
    expect(() => timeReader({ format: '%b %d %H:%M:%S' })).toThrow('--time-year')
  })

  test('a log without a year goes on over New Year, and a late line stays in the old one', () => {
    const log = [
      'Dec 31 23:59:58',
      'Jan  1 00:00:01',
      'Dec 31 23:59:59',
      'Jan  1 00:00:02',
      'Jul  1 00:00:00',
    ]
    const years = (reader: (value: unknown) => number | undefined) =>
      log.map((text) => new Date(reader(text)!).toISOString().slice(0, 10))
    const expected = ['2025-12-31', '2026-01-01', '2025-12-31', '2026-01-01', '2026-07-01']
    expect(years(timeReader({ format: '%b %d %T', year: 2025 }))).toEqual(expected)
    expect(years(timeReader({ format: 'auto', year: 2025 }))).toEqual(expected)
    expect(years(timeReader({ format: 'auto', notAfterMs: Date.UTC(2026, 5, 1) }))).toEqual(expected)
    expect(read('auto', 'Feb 29 00:00:00', { notAfterMs: Date.UTC(2027, 5, 1) })).toBe(
      '2024-02-29T00:00:00.000Z',
    )
    expect(read('auto', 'Dec 31 00:00:00')).toBeUndefined()
  })

  test('29 February needs a leap year, and no other date or hour that does not exist is made up', () => {
    expect(read('%b %d %T', 'Feb 29 00:00:00', { year: 2016 })).toBe('2016-02-29T00:00:00.000Z')
    expect(read('%b %d %T', 'Feb 29 00:00:00', { year: 2015 })).toBeUndefined()
    expect(read('iso', '2015-02-30T00:00:00Z')).toBeUndefined()
    expect(read('iso', '2015-13-01T00:00:00Z')).toBeUndefined()
    expect(read('%Y %H:%M', '2015 24:00')).toBeUndefined()
    expect(read('%Y %I %p', '2015 13 PM')).toBeUndefined()
  })

  test('what does not fit is no time', () => {
    for (const value of [
      '',
      ' ',
      '0x10',
      '1e400',
      '2026-01/05',
      'yesterday',
      '2015-10-18 18:01',
      null,
      undefined,
      {},
      '2015-10-18 18:01:47,978 x',
    ]) {
      expect(read('%Y-%m-%d %H:%M:%S,%f', value)).toBeUndefined()
      expect(read('unix', value)).toBeUndefined()
    }
  })

  test('a time without a zone is in --time-zone, also around the change of clocks; one with a zone keeps its own', () => {
    const zone = 'Europe/Berlin'
    expect(read('iso', '2021-01-15T12:00:00', { zone })).toBe('2021-01-15T11:00:00.000Z')
    expect(read('iso', '2021-07-15T12:00:00', { zone })).toBe('2021-07-15T10:00:00.000Z')
    expect(read('iso', '2021-03-28T01:59:59', { zone })).toBe('2021-03-28T00:59:59.000Z')
    expect(read('iso', '2021-03-28T03:00:00', { zone })).toBe('2021-03-28T01:00:00.000Z')
    expect(read('iso', '2021-07-15T12:00:00Z', { zone })).toBe('2021-07-15T12:00:00.000Z')
    expect(read('iso', '2021-07-15T12:00:00', { zone: '-03:30' })).toBe('2021-07-15T15:30:00.000Z')
    expect(() => timeReader({ format: 'iso', zone: 'Mars/Olympus' })).toThrow('no time zone "Mars/Olympus"')
  })

  test('a directive that is not known, and a format that is none, are told by name', () => {
    expect(() => timeReader({ format: '%Y %Q' })).toThrow('%Q')
    expect(() => timeReader({ format: 'epoch' })).toThrow('"epoch"')
  })
})
