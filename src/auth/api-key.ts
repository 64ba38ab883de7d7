import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const API_KEY = /^hg_(live|test)_[0-9A-Za-z]{32}_[0-9a-f]{8}$/
const STREAM_KEY = /^sk_live_[0-9A-Za-z]{32}_[0-9a-f]{8}$/

const checksum = (body: string): string => crc32(body).toString(16).padStart(8, '0')
const isWhole = (key: string): boolean => checksum(key.slice(0, -9)) === key.slice(-8)

/**
 * A new secret of 32 base-62 characters (190 bits). Bytes past the last multiple of 62 are thrown away, or
 * some letters would be likelier.
 */
const randomText = (length: number): string => {
  let text = ''
  while (text.length < length)
    for (const byte of randomBytes(length))
      if (byte < 248 && text.length < length) text += alphabet[byte % 62]
  return text
}

/** A new key, `hg_<live|test>_<random>_<crc32>`. Shown once: only its hash is kept. */
export const makeApiKey = (mode: 'live' | 'test'): string => {
  const body = `hg_${mode}_${randomText(32)}`
  return `${body}_${checksum(body)}`
}

/** A stream key has the same form with another prefix, so that a scanner tells the two apart. */
export const makeStreamKey = (): string => {
  const body = `sk_live_${randomText(32)}`
  return `${body}_${checksum(body)}`
}

/**
 * Whether the text can be a key at all: a typing error is refused by its checksum, without a question to the
 * database.
 */
export const isApiKey = (text: string): boolean => API_KEY.test(text) && isWhole(text)
export const isStreamKey = (text: string): boolean => STREAM_KEY.test(text) && isWhole(text)

export const hashSecret = (secret: string): Buffer => hash('sha256', secret, 'buffer')
/** The same as text, in a third of the time that the bytes of it take: each request asks for it twice. */
export const hexHashOf = (secret: string): string => hash('sha256', secret, 'hex')

/** What a list may show of a key: enough to recognize it, far too little to use it. */
export const visiblePrefix = (secret: string): string => secret.slice(0, 12)
