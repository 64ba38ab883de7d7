import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { DEPRECATED_GRAPHQL_WS_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws'
import { AppError } from '../../platform/errors.ts'

/** RFC 6455, 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** 16 bytes in base64. */
const KEY = /^[+/\dA-Za-z]{22}==$/
/** A list of tokens (RFC 9110, 5.6.2). */
const TOKENS = /^[\t ]*[!#$%&'*+.^_`|~\w-]+(?:[\t ]*,[\t ]*[!#$%&'*+.^_`|~\w-]+)*[\t ]*$/

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'

/** A handshake that is right: the answer to it, and the subprotocol that is spoken, if it is ours. */
export type Handshake = { readonly answer: string; readonly protocol: string | undefined }

const noHandshake = (): AppError =>
  new AppError('BAD_REQUEST', 'This is not a valid handshake of a WebSocket, version 13.')

/** The subprotocols that are asked for (RFC 6455, 4.1): tokens, each once. Throws BAD_REQUEST. */
const offeredIn = ({ headers }: IncomingMessage): readonly string[] => {
  const offer = headers['sec-websocket-protocol']
  if (offer === undefined) return []
  if (offer === GRAPHQL_TRANSPORT_WS_PROTOCOL) return [offer] // as nearly all do
  const names = offer.split(',').map((name) => name.trim())
  if (!TOKENS.test(offer) || new Set(names).size < names.length) throw noHandshake()
  return names
}

/** Answers a handshake (RFC 6455, 4.2). Throws BAD_REQUEST where it is none. */
export const shakeHands = (request: IncomingMessage): Handshake => {
  const { method, headers } = request
  const key = headers['sec-websocket-key'] ?? ''
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket' || !KEY.test(key))
    throw noHandshake()
  if (headers['sec-websocket-version'] !== '13') throw noHandshake()
  const offered = offeredIn(request)
  if (offered.length === 1 && offered[0] === DEPRECATED_GRAPHQL_WS_PROTOCOL)
    throw new AppError('BAD_REQUEST', 'Use the subprotocol graphql-transport-ws.')
  const protocol = offered.find((name) => name === GRAPHQL_TRANSPORT_WS_PROTOCOL)
  const accept = hash('sha1', key + GUID, 'base64')
  const spoken = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
  return { answer: `${SWITCHING}Sec-WebSocket-Accept: ${accept}\r\n${spoken}\r\n`, protocol }
}
