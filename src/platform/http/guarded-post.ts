import { TIMEOUT } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'
import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isAllowed, refusalOf, type Network } from './target-address.ts'
import { hostOf, portOf, refusedAddress, wrongUrl } from './target-url.ts'

export type PostFailure = 'TARGET_REFUSED' | 'UNREACHABLE' | 'TIMED_OUT'

/** It was not sent, or not answered. The message says what was tried. */
export class PostError extends Error {
  override readonly name = 'PostError'
  readonly code: PostFailure
  constructor(code: PostFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export type Answered = {
  readonly statusCode: number
  /** `Retry-After` as it came. */
  readonly retryAfter: string | undefined
  /** The address that answered. */
  readonly address: string
}
export type GuardedPost = (
  url: string,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
) => Promise<Answered>
/** All addresses of a host; the system's own unless told. */
export type Resolve = (host: string) => Promise<readonly string[]>

/** Of an answer nothing is used but its head; a receiver that says no more is let finish. */
const MAX_ANSWER_BYTES = 64 * 1024
const TIMEOUT_MS = 10_000

// The system's own lookup holds one of few threads until it gives up: names whose servers don't answer would hold up
// files and all other names. So DNS is asked first, which holds none.
const dns = new Resolver({ timeout: 2_000, tries: 2 })

const resolveHost: Resolve = async (host) => {
  const found = await Promise.allSettled([dns.resolve4(host), dns.resolve6(host)])
  const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
  if (addresses.length > 0) return addresses
  for (const each of found)
    if (each.status === 'rejected' && (each.reason as { code?: string }).code === TIMEOUT) throw each.reason
  // Names that this machine alone knows.
  return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)
}

/** Answers the addresses that were checked, whatever the name leads to by now. */
const pinned =
  (addresses: readonly string[]): LookupFunction =>
  (_host, options, callback) => {
    const all = addresses.map((address) => ({ address, family: isIP(address) }))
    if (options.all === true) callback(null, all)
    else callback(null, all[0]!.address, all[0]!.family)
  }

/** Reads a little of the body, so that who writes a short one isn't cut off, and closes. */
const letFinish = (response: IncomingMessage): void => {
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) response.destroy()
  })
  response.on('error', () => response.destroy()) // its head has been read, which is all that counts
}

/**
 * Sends a POST to a URL that somebody gave who must not reach what this program reaches: the host is resolved
 * here, each of its addresses is checked, and the connection goes to one that was checked, so that a name that
 * leads elsewhere a moment later changes nothing. Redirects are not followed: the answer is theirs. Throws
 * PostError.
 */
export const createGuardedPost = (options: {
  readonly allowed: readonly Network[]
  readonly resolve?: Resolve
  /** For all of it, from the name to the head of the answer; 10,000 ms. */
  readonly timeoutMs?: number
}): GuardedPost => {
  const { allowed, resolve = resolveHost, timeoutMs = TIMEOUT_MS } = options

  const checked = async (url: URL): Promise<readonly string[]> => {
    const host = hostOf(url)
    const found = isIP(host) === 0 ? await resolve(host) : [host]
    if (found.length === 0) throw new PostError('UNREACHABLE', `${host} has no address.`)
    for (const address of found) {
      const why = refusalOf(address, allowed, portOf(url))
      if (why !== undefined) throw new PostError('TARGET_REFUSED', `${host}: ${refusedAddress(address, why)}`)
      if (url.protocol === 'http:' && !isAllowed(address, allowed, portOf(url)))
        throw new PostError('TARGET_REFUSED', `${host}: A URL that begins with https:// is expected.`)
    }
    return found
  }

  const sent = (
    url: URL,
    addresses: readonly string[],
    { headers, body }: Parameters<GuardedPost>[1],
    signal: AbortSignal,
  ) =>
    new Promise<Answered>((done, failed) => {
      const isTls = url.protocol === 'https:'
      const request = (isTls ? requestHttps : requestHttp)(url, {
        method: 'POST',
        agent: isTls ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false }),
        lookup: pinned(addresses),
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        signal,
      })
      request.on('error', failed)
      request.on('response', (response) => {
        letFinish(response)
        const address = response.socket.remoteAddress ?? addresses[0]!
        done({ statusCode: response.statusCode!, retryAfter: response.headers['retry-after'], address })
      })
      request.end(body)
    })

  return async (text, message) => {
    const wrong = wrongUrl(text, allowed)
    if (wrong !== undefined) throw new PostError('TARGET_REFUSED', wrong)
    const url = new URL(text)
    const signal = AbortSignal.timeout(timeoutMs)
    const tried: string[] = []
    const late = Promise.withResolvers<never>()
    late.promise.catch(() => undefined) // told by the race, while there is one
    signal.addEventListener('abort', () => late.reject(signal.reason as Error))
    try {
      const addresses = await Promise.race([checked(url), late.promise])
      tried.push(...addresses)
      return await sent(url, addresses, message, signal)
    } catch (cause) {
      if (cause instanceof PostError) throw cause
      const where = `${url.host}${tried.length > 0 ? ` (${tried.join(', ')})` : ''}`
      if (signal.aborted)
        throw new PostError('TIMED_OUT', `${where} did not answer within ${timeoutMs / 1_000} s.`, { cause })
      throw new PostError('UNREACHABLE', `${where} can't be reached: ${reasonOf(cause)}.`, { cause })
    }
  }
}

/** The code of a socket's or TLS's error, which names no part of the URL. */
const reasonOf = (cause: unknown): string => {
  const { code, errors } = cause as { code?: string | number; errors?: readonly { code?: string }[] }
  return String(code ?? errors?.[0]?.code ?? 'the connection failed')
}
