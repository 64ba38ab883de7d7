import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip as gzipCallback } from 'node:zlib'
import { z } from 'zod'
import { AppError, errorCodes, type ErrorCode } from '../../platform/errors.ts'

const gzip = promisify(gzipCallback)

const resultSchema = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int().default(0),
  rejected: z.array(z.object({ index: z.number().int(), code: z.string(), message: z.string() })),
})
export type IngestResult = z.infer<typeof resultSchema>

const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), requestId: z.string().optional() }),
})

export type SenderOptions = {
  readonly url: string
  readonly apiKey: string
  readonly dataset: string
  /** How long one batch is tried again before the command gives up, in ms. */
  readonly retryForMs: number
  /** Cuts waits short and starts nothing new; a request under way is let finish. */
  readonly stop: AbortSignal
  /** Called before each wait with what went wrong and how long it waits. */
  readonly onRetry: (reason: string, waitMs: number) => void
}

/** The answer to a batch; `stopped` when the stop came before one. */
export type Sent = { readonly result: IngestResult } | { readonly stopped: true }

// What passes by itself: too many requests, a store or log that is away, a proxy in front of a restart.
const passing = new Set([408, 429, 502, 503, 504])
const requestTimeoutMs = 60_000
const longestWaitMs = 30_000

/**
 * Sends items to `POST /ingest/<dataset>`, again and again while the fault is one that passes (network, 429,
 * 502-504; 500 a few times), and as halves when the server finds the batch too large. Throws AppError for all
 * else.
 */
export const createSender = (options: SenderOptions): ((items: readonly string[]) => Promise<Sent>) => {
  const send = async (items: readonly string[]): Promise<Sent> => {
    if (items.length === 0) return { result: { accepted: 0, duplicates: 0, rejected: [] } }
    const body = await gzip(items.join('\n'))
    const deadline = Date.now() + options.retryForMs
    for (let attempt = 0; ; attempt += 1) {
      if (options.stop.aborted) return { stopped: true }
      const answer = await post(options, body)
      if ('result' in answer) return answer
      if (answer.tooLarge) return items.length > 1 ? halves(items) : alone(answer.error)
      const waitMs = waitFor(answer, attempt)
      if (waitMs === undefined || Date.now() + waitMs > deadline) throw answer.error
      options.onRetry(answer.error.message, waitMs)
      await delay(waitMs, undefined, { signal: options.stop }).catch((error: Error) => {
        if (error.name !== 'AbortError') throw error
      })
    }
  }
  const halves = async (items: readonly string[]): Promise<Sent> => {
    const middle = items.length >> 1
    const first = await send(items.slice(0, middle))
    if ('stopped' in first) return first
    const second = await send(items.slice(middle))
    if ('stopped' in second) return second
    const moved = second.result.rejected.map((entry) => ({ ...entry, index: entry.index + middle }))
    return {
      result: {
        accepted: first.result.accepted + second.result.accepted,
        duplicates: first.result.duplicates + second.result.duplicates,
        rejected: [...first.result.rejected, ...moved],
      },
    }
  }
  return send
}

/** One item that is too large by itself costs only its row. */
const alone = (error: AppError): Sent => ({
  result: {
    accepted: 0,
    duplicates: 0,
    rejected: [{ index: 0, code: error.code, message: error.message }],
  },
})

type Failed = {
  readonly error: AppError
  readonly status?: number
  readonly retryAfterMs?: number | undefined
  readonly tooLarge?: boolean
}

/**
 * Retry-After when the server gives one, else doubling from 250 ms with jitter; undefined when trying again
 * is no use.
 */
const waitFor = (failed: Failed, attempt: number): number | undefined => {
  if (failed.status !== undefined && !passing.has(failed.status) && !(failed.status === 500 && attempt < 4))
    return undefined
  const backoffMs = Math.min(250 * 2 ** attempt, longestWaitMs) * (0.5 + Math.random() / 2)
  // A server that says 0 each time is not to be asked in a loop.
  return failed.retryAfterMs === undefined
    ? backoffMs
    : Math.max(failed.retryAfterMs, Math.min(backoffMs, 1000))
}

const post = async (options: SenderOptions, body: Buffer): Promise<{ result: IngestResult } | Failed> => {
  const url = new URL(`ingest/${encodeURIComponent(options.dataset)}`, options.url.replace(/\/*$/, '/'))
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${options.apiKey}`,
        'content-type': 'application/x-ndjson',
        'content-encoding': 'gzip',
      },
      body: new Uint8Array(body),
      redirect: 'error',
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
    text = await response.text()
  } catch (cause) {
    const reason = cause instanceof Error ? networkReason(cause) : 'no answer'
    return {
      error: new AppError('STORE_UNAVAILABLE', `${url.origin} does not answer (${reason})`, { cause }),
    }
  }
  if (response.ok) return readResult(text, url)
  const { code, message } = readError(text, response)
  return {
    error: new AppError(code, message),
    status: response.status,
    retryAfterMs: retryAfter(response.headers.get('retry-after')),
    tooLarge: response.status === 413 || code === 'PAYLOAD_TOO_LARGE' || code === 'LIMIT_EXCEEDED',
  }
}

const networkReason = (error: Error): string => {
  const cause = error.cause as NodeJS.ErrnoException | undefined
  return cause?.code ?? error.name
}

const readResult = (text: string, url: URL): { result: IngestResult } => {
  try {
    return { result: resultSchema.parse(JSON.parse(text)) }
  } catch (cause) {
    throw new AppError(
      'INTERNAL',
      `${url.origin} answered something that is no ingest result. Is it Heliograph?`,
      { cause },
    )
  }
}

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code)

const readError = (text: string, response: Response): { code: ErrorCode; message: string } => {
  let parsed: ReturnType<typeof errorSchema.safeParse> | undefined
  try {
    parsed = errorSchema.safeParse(JSON.parse(text))
  } catch (error) {
    // A proxy's page, not JSON: the status then says all there is.
    if (!(error instanceof SyntaxError)) throw error
  }
  if (!parsed?.success)
    return { code: 'INTERNAL', message: `HTTP ${response.status} ${response.statusText}`.trim() }
  const { code, message, requestId } = parsed.data.error
  return {
    code: isKnown(code) ? code : 'INTERNAL',
    message: requestId ? `${message} (request ${requestId})` : message,
  }
}

/** Seconds, or a date; in ms, never more than ten minutes. */
const retryAfter = (header: string | null): number | undefined => {
  if (!header) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 600_000)
}
