import type { CustomFetch } from 'openid-client'
import { providerUnavailable } from './errors.ts'

// Metadata, keys, tokens and profiles have some kB each.
const MAX_BYTES = 256 * 1_024

const read = async (body: ReadableStream<Uint8Array> | null): Promise<string> => {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    bytes += part.length
    if (bytes > MAX_BYTES) throw new Error('the answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('the answer is no JSON') // JSON.parse would quote it, and it may hold a token
  }
}

/** GitHub answers 200 to a code that is none; RFC 6749, 5.2 wants 400, and so does the client library. */
const statusOf = (status: number, json: unknown): number =>
  status === 200 && typeof json === 'object' && json !== null && 'error' in json ? 400 : status

/**
 * Fetches JSON from one provider until `signal` is aborted, for as many requests as it takes. Throws
 * PROVIDER_UNAVAILABLE for whatever is no answer of a provider: no connection, too late, too long, a
 * redirect, 5xx, 429, no JSON.
 */
export const createFetch =
  (name: string, signal: AbortSignal): CustomFetch =>
  async (url, options) => {
    try {
      const response = await fetch(url, { ...(options as RequestInit), signal })
      const { status, headers } = response
      const isAnswer = status === 200 || (status >= 400 && status < 500 && status !== 429)
      if (!isAnswer) {
        await response.body?.cancel()
        throw new Error(`it answers ${status}`)
      }
      const text = await read(response.body)
      const type = headers.get('content-type') ?? ''
      return new Response(text, { status: statusOf(status, parse(text)), headers: { 'content-type': type } })
    } catch (error) {
      throw providerUnavailable(name, error)
    }
  }
