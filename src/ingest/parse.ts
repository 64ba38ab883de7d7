import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AppError } from '../platform/errors.ts'
import { parseJson } from '../platform/json.ts'
import { utf8Fault } from '../platform/utf8.ts'
import type { ItemError } from './item-errors.ts'

/**
 * Items in the order in which they were sent. `broken` names those that are no JSON; their place holds
 * undefined.
 */
export type Parsed = {
  readonly items: readonly unknown[]
  readonly broken: ReadonlyMap<number, ItemError>
}

/**
 * Telemetry in JSON shrinks to a tenth at most in practice, so 8 keeps honest bodies of nearly the full size
 * and bounds what one request can make us hold: 16 MB with the usual 2 MB.
 */
const MAX_INFLATION = 8

/**
 * Each item may be answered with a rejection, and each is one id to remember: 50,000 keep both within a few
 * MB.
 */
export const MAX_ITEMS = 50_000

const inflate = promisify(gunzip)

/**
 * Undoes Content-Encoding. Throws UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, or BAD_REQUEST on what is no
 * gzip.
 */
export const decodeBody = async (
  body: Buffer,
  contentEncoding: string | undefined,
  maxBodyBytes: number,
): Promise<Buffer> => {
  const encoding = contentEncoding?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as it is or with Content-Encoding: gzip.')
  }
  const maxOutputLength = maxBodyBytes * MAX_INFLATION
  try {
    return await inflate(body, { maxOutputLength })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      const message = `The inflated body is larger than ${maxOutputLength} bytes. Send fewer items in a request.`
      throw new AppError('PAYLOAD_TOO_LARGE', message, { cause: error })
    }
    throw new AppError('BAD_REQUEST', 'The body is not gzip, as its Content-Encoding says.', { cause: error })
  }
}

export type Form = 'ndjson' | 'json'

const ndjsonTypes = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
])
/**
 * JSON, or what tools send when nobody told them: curl's -d, fetch with a string, a plain file. The content
 * decides.
 */
const openTypes = new Set([
  '',
  'application/json',
  'text/json',
  'text/plain',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
])

/** Throws UNSUPPORTED_MEDIA_TYPE for a type that can't hold items, or for a charset that is not UTF-8. */
export const formOf = (contentType: string | undefined): Form => {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters
    .find((each) => each.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '')
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') {
    if (ndjsonTypes.has(type)) return 'ndjson'
    if (openTypes.has(type)) return 'json'
  }
  throw new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    'Send a JSON array (application/json) or one JSON object a line (application/x-ndjson), in UTF-8.',
  )
}

const none: ReadonlyMap<number, ItemError> = new Map()

/**
 * A JSON array, one JSON object, or one JSON object a line. A broken line is one rejected item; a broken
 * array has no items to tell apart, so it is BAD_REQUEST. Throws PAYLOAD_TOO_LARGE above MAX_ITEMS.
 */
export const parseItems = (body: Buffer, form: Form): Parsed => {
  const fault = utf8Fault(body)
  if (fault !== undefined) throw new AppError('BAD_REQUEST', `The body is not text: ${fault}.`)
  // Windows tools begin a file with a byte order mark, which JSON does not know.
  const text = body.toString('utf8').replace(/^\uFEFF/, '')
  const first = text.trimStart()[0]
  if (first === undefined)
    throw new AppError('BAD_REQUEST', 'The body is empty. Send a JSON array or NDJSON.')
  if (form === 'json' && first === '[') return bounded({ items: parseArray(text), broken: none })
  const one = form === 'json' ? parseJson(text) : undefined
  if (one) return { items: [one.value], broken: none }
  const lines = bounded(parseLines(text))
  if (form === 'json' && lines.broken.size === lines.items.length)
    throw new AppError('BAD_REQUEST', 'The body is no JSON: send an array, or one object a line.')
  return lines
}

const bounded = (parsed: Parsed): Parsed => {
  if (parsed.items.length <= MAX_ITEMS) return parsed
  throw new AppError(
    'PAYLOAD_TOO_LARGE',
    `A request holds at most ${MAX_ITEMS} items. Send the rest in the next one.`,
  )
}

const parseArray = (text: string): readonly unknown[] => {
  const parsed = parseJson(text)
  if (parsed && Array.isArray(parsed.value)) return parsed.value as unknown[]
  throw new AppError('BAD_REQUEST', 'The body is not a whole JSON array. Nothing of it was taken.')
}

const parseLines = (text: string): Parsed => {
  const items: unknown[] = []
  const broken = new Map<number, ItemError>()
  for (let from = 0; from < text.length && items.length <= MAX_ITEMS;) {
    const newline = text.indexOf('\n', from)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(from, end).trim() // also takes the \r of CRLF
    from = end + 1
    if (line === '') continue
    const parsed = parseJson(line)
    if (!parsed)
      broken.set(items.length, { code: 'INVALID_JSON', message: 'the line is not one JSON object' })
    items.push(parsed?.value)
  }
  return { items, broken }
}
