import { expect, test } from 'vitest'
import { expiry } from './expiry.ts'

const days = (text: string): number => (expiry(text).getTime() - Date.now()) / 86_400_000

test('an end is a time of the calendar with its zone, or a length of time from now on', () => {
  expect(expiry('2028-02-29T00:00:00+01:00').toISOString()).toBe('2028-02-28T23:00:00.000Z')
  expect(days('P90D')).toBeCloseTo(90, 2)
  expect(days('P1W')).toBeCloseTo(7, 2)
})

test.each([
  '',
  'soon',
  '2027-02-30T00:00:00Z',
  '2027-01-31',
  '2027-01-31T00:00:00',
  '9999-12-31T23:59:59-05:00',
  'P1M',
  'PT0S',
  'P999999999W',
])('%j is no end', (text) => {
  expect(() => expiry(text)).toThrow('Expected a time as in RFC 3339')
})
