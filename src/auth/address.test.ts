import { expect, test } from 'vitest'
import { clientAddress, countedAddress, truncateAddress } from './address.ts'

test.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:12:3456::1', '2001:db8:12::/48'],
  ['2001:0DB8:0012:3456:1:2:3:4', '2001:db8:12::/48'],
  ['2001:db8::1', '2001:db8::/48'],
  ['fe80::1%eth0', 'fe80::/48'],
  ['::1', '::/48'],
  ['::ffff:cb00:714d', '203.0.113.0/24'],
  ['2001:db8:0:12::1', '2001:db8::/48'],
  ['0:0:5::1', '0:0:5::/48'],
  ['64:ff9b::203.0.113.77', '64:ff9b::/48'],
  ['not an address', null],
  ['', null],
  ['0x7f.1', null],
  ['2130706433', null],
  ['203.0.113.256', null],
  ['203.0.113.077', null],
  ['2001:db8::1::2', null],
  ['203.0.113.77, 10.0.0.1', null],
  [undefined, null],
] as const)('of the address %s only the network %s is kept', (address, network) => {
  expect(truncateAddress(address)).toBe(network)
})

test.each([
  ['203.0.113.77', '203.0.113.77'],
  ['::ffff:203.0.113.77', '203.0.113.77'],
  ['::ffff:cb00:714d', '203.0.113.77'],
  ['2001:db8:12:3456::1', '2001:db8:12:3456::'],
  ['2001:db8:12:3456:ffff::1', '2001:db8:12:3456::'],
  ['2001:db8:12:3457::1', '2001:db8:12:3457::'],
  ['fe80::1%eth0', 'fe80::'],
  ['unknown', 'unknown'],
] as const)('a request from %s counts for %s', (address, counted) => {
  expect(countedAddress(address)).toBe(counted)
})

test('without a proxy X-Forwarded-For is not believed; behind n proxies it is the entry that the outermost one added', () => {
  const forwarded = 'made-up, 198.51.100.7, 10.0.0.1'
  expect(clientAddress('192.0.2.1', forwarded, 0)).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1', forwarded, 1)).toBe('10.0.0.1')
  expect(clientAddress('192.0.2.1', forwarded, 2)).toBe('198.51.100.7')
  expect(clientAddress('192.0.2.1', undefined, 1)).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1', forwarded, 3)).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1', '198.51.100.7', 3)).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1', '', 1)).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1', ['made-up, 198.51.100.7', '10.0.0.1'], 2)).toBe('198.51.100.7')
  expect(clientAddress(undefined, undefined, 0)).toBeUndefined()
})

test.each([
  ['198.51.100.7:5678', '198.51.100.7'],
  ['[2001:db8::1]:80', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['  198.51.100.7  ', '198.51.100.7'],
  ['::ffff:198.51.100.7', '::ffff:198.51.100.7'],
  ['198.51.100.7:port', '192.0.2.1'],
  ['[made up]:80', '192.0.2.1'],
  ['unknown', '192.0.2.1'],
  ['_hidden', '192.0.2.1'],
  ['3325256711', '192.0.2.1'],
])('behind a proxy that adds %s it is %s', (entry, address) => {
  expect(clientAddress('192.0.2.1', entry, 1)).toBe(address)
})
