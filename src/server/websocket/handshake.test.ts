import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { shakeHands } from './handshake.ts'

const right = {
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', // the one of RFC 6455, 1.3
}
type Headers = Record<string, string | undefined>

const answerTo = (headers: Headers, method = 'GET') => {
  const request = { method, headers: { ...right, ...headers } } as unknown as IncomingMessage
  return shakeHands(request)
}
const noHandshake = expect.objectContaining({
  code: 'BAD_REQUEST',
  message: 'This is not a valid handshake of a WebSocket, version 13.',
})

test('the handshake of RFC 6455 is answered as there, with our subprotocol where it is offered', () => {
  const offer = 'chat,\tgraphql-transport-ws , superchat'
  const { answer, protocol } = answerTo({ upgrade: 'WebSocket', 'sec-websocket-protocol': offer })
  expect(protocol).toBe('graphql-transport-ws')
  expect(answer.split('\r\n')).toEqual([
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    '',
    '',
  ])
})

test.each([undefined, 'graphql-ws, other'])('no subprotocol is said where %s is offered', (offer) => {
  const { answer, protocol } = answerTo({ 'sec-websocket-protocol': offer })
  expect(protocol).toBeUndefined()
  expect(answer).not.toContain('Protocol:')
})

test.each<[string, Headers, string?]>([
  ['another method', {}, 'POST'],
  ['no upgrade', { upgrade: undefined }],
  ['another upgrade', { upgrade: 'h2c' }],
  ['no key', { 'sec-websocket-key': undefined }],
  ['a key of 15 bytes', { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub24=' }],
  ['a key of 17 bytes', { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZXk=' }],
  ['a key that is not base64', { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZ!==' }],
  ['no version', { 'sec-websocket-version': undefined }],
  ['another version', { 'sec-websocket-version': '8' }],
  ['an empty offer', { 'sec-websocket-protocol': '' }],
  ['an offer that ends with a comma', { 'sec-websocket-protocol': 'a,' }],
  ['an offer with a gap', { 'sec-websocket-protocol': 'a,,b' }],
  ['an offer of no token', { 'sec-websocket-protocol': 'a b' }],
  ['an offer twice', { 'sec-websocket-protocol': 'a, b, a' }],
])('400: %s', (_what, headers, method) => {
  expect(() => answerTo(headers, method)).toThrow(noHandshake)
})
