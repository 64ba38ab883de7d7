import { expect, test } from 'vitest'
import { actorLabel, actorOf, clientAddress, demo, operator, truncateAddress } from './actor.ts'
import { anonymous } from './viewer.ts'

test.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:12:3456::1', '2001:db8:12::/48'],
  ['2001:0DB8:0012:3456:1:2:3:4', '2001:db8:12::/48'],
  ['2001:db8::1', '2001:db8::/48'],
  ['fe80::1%eth0', 'fe80::/48'],
  ['::1', '::/48'],
  ['not an address', null],
  ['203.0.113.77, 10.0.0.1', null],
  [undefined, null],
] as const)('of the address %s only the network %s is kept', (address, network) => {
  expect(truncateAddress(address)).toBe(network)
})

test('without a proxy X-Forwarded-For is believed by nobody; behind n it is the entry that the outermost wrote', () => {
  const forwarded = 'made-up, 198.51.100.7, 10.0.0.1'
  expect(clientAddress('192.0.2.1', forwarded, 0)).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1', forwarded, 1)).toBe('10.0.0.1')
  expect(clientAddress('192.0.2.1', forwarded, 2)).toBe('198.51.100.7')
  expect(clientAddress('192.0.2.1', undefined, 1)).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1', forwarded, 3)).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1', 'only', 3)).toBe('192.0.2.1')
})

test.each([
  ['198.51.100.7:5678', '198.51.100.7'],
  ['[2001:db8::1]:80', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['198.51.100.7:port', '192.0.2.1'],
  ['[made up]:80', '192.0.2.1'],
])('behind a proxy that writes %s it is %s', (written, address) => {
  expect(clientAddress('192.0.2.1', written, 1)).toBe(address)
})

test('an actor carries no whole address and no endless user agent, and has a name for timelines', () => {
  const actor = actorOf(anonymous, { address: '203.0.113.77', userAgent: 'x'.repeat(9_999), requestId: 'r' })
  expect(actor).toMatchObject({ kind: 'anonymous', id: null, address: '203.0.113.0/24' })
  expect(actor.userAgent).toHaveLength(256)
  expect(actorLabel({ ...actor, kind: 'apiKey', name: 'Deploy' })).toBe('key:Deploy')
  expect([actorLabel(operator), actorLabel(demo)]).toEqual(['operator', 'demo'])
})
