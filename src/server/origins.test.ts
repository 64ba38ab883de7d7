import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { createOriginPolicy } from './origins.ts'

const policy = createOriginPolicy({ origins: [] })
const allows = (origin: string, host: string | undefined): boolean =>
  policy.allows({ headers: { origin, host } } as IncomingMessage)

test.each([
  ['https://example.com', 'example.com'],
  ['https://example.com', 'example.com:443'],
  ['http://example.com', 'example.com:80'],
  ['https://example.com', 'Example.COM'],
  ['https://example.com:8443', 'example.com:8443'],
  ['http://[::1]:4000', '[::1]:4000'],
])('a page from %s is our own where the host is %s', (origin, host) => {
  expect(allows(origin, host)).toBe(true)
})

test.each([
  ['https://example.com', 'example.com:80'],
  ['https://example.com', 'example.com:8443'],
  ['https://example.com', 'evil.example'],
  ['https://example.com.evil.example', 'example.com'],
  ['null', 'null'],
  ['', ''],
  ['https://', ''],
  ['https://example.com', undefined],
])('a page from %s is foreign where the host is %s', (origin, host) => {
  expect(allows(origin, host)).toBe(false)
})
