import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { isFromOwnMachine } from './own-machine.ts'

const asked = (host: string, remoteAddress: string, more: Record<string, string> = {}): boolean =>
  isFromOwnMachine(
    { headers: { host, ...more }, socket: { remoteAddress } } as unknown as IncomingMessage,
    'https://ops.example.com',
  )

test.each([
  ['localhost:4000', '127.0.0.1'],
  ['127.0.0.1:4000', '::ffff:127.0.0.1'],
  ['[::1]:4000', '::1'],
  ['OPS.example.com', '127.0.0.1'],
])('a browser that asks for %s from %s is on this machine', (host, peer) => {
  expect(asked(host, peer)).toBe(true)
})

test.each([
  ['localhost:4000', '192.0.2.7', {}],
  ['rebound.example', '127.0.0.1', {}],
  ['127.0.0.1.evil.example', '127.0.0.1', {}],
  ['', '127.0.0.1', {}],
  ['localhost:4000', '127.0.0.1', { 'x-forwarded-for': '192.0.2.7' }],
  ['ops.example.com', '127.0.0.1', { forwarded: 'for=192.0.2.7' }],
])('one that asks for %s from %s with %j may be elsewhere', (host, peer, more) => {
  expect(asked(host, peer, more)).toBe(false)
})
