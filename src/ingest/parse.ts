import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AppError } from '../platform/errors.ts'
import { contentTypeOf, packingOf } from '../platform/http/content.ts'
import { parseJson } from '../platform/json.ts'
import type { Steps } from '../platform/turns.ts'
import { noArray, type Cut, type Span } from './cut.ts'
import { tooLarge } from './dataset.ts'
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
  const encoding = packingOf(contentEncoding)
  if (encoding === undefined) return body
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
  const { type, isUtf8 } = contentTypeOf(contentType)
  if (isUtf8) {
    if (ndjsonTypes.has(type)) return 'ndjson'
    if (openTypes.has(type)) return 'json'
  }
  throw new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    'Send a JSON array (application/json) or one JSON object a line (application/x-ndjson), in UTF-8.',
  )
}

/** Items of an array that are parsed together: one by one they take longer. */
const TOGETHER_BYTES = 64 << 10

/** The place after the last item that is parsed together with `first`, in one way. */
const partEnd = (spans: readonly Span[], first: number): number => {
  const { from, mayBeInexact } = spans[first]!
  let end = first + 1
  for (; end < spans.length; end += 1) {
    const span = spans[end]!
    if (span.isTooLarge || span.mayBeInexact !== mayBeInexact || span.to - from > TOGETHER_BYTES) break
  }
  return end
}

function* parseArray(body: Buffer, spans: readonly Span[]): Steps<Parsed> {
  const items: unknown[] = []
  const broken = new Map<number, ItemError>()
  while (items.length < spans.length) {
    const first = items.length
    const { from, isTooLarge, mayBeInexact } = spans[first]!
    if (isTooLarge) {
      broken.set(first, tooLarge)
      items.push(undefined)
      continue
    }
    const end = partEnd(spans, first)
    const part = parseJson(`[${body.toString('utf8', from, spans[end - 1]!.to)}]`, mayBeInexact)
    if (!Array.isArray(part?.value) || part.value.length !== end - first) throw noArray()
    for (const item of part.value) items.push(item)
    yield
  }
  return { items, broken }
}

const notJson: ItemError = { code: 'INVALID_JSON', message: 'the line is not one JSON object' }

function* parseEach(body: Buffer, spans: readonly Span[]): Steps<Parsed> {
  const items: unknown[] = []
  const broken = new Map<number, ItemError>()
  for (const { from, to, isTooLarge, mayBeInexact } of spans) {
    // `trim` also takes the \r of CRLF.
    const parsed = isTooLarge ? undefined : parseJson(body.toString('utf8', from, to).trim(), mayBeInexact)
    if (!parsed) broken.set(items.length, isTooLarge ? tooLarge : notJson)
    items.push(parsed?.value)
    yield
  }
  return { items, broken }
}

/**
 * The items of a body that `cutItems` cut. A broken line is one rejected item; a broken array has no items to
 * tell apart, so it is BAD_REQUEST.
 */
export function* parseItems(body: Buffer, { form, as, spans }: Cut): Steps<Parsed> {
  if (as === 'array') return yield* parseArray(body, spans)
  const parsed = yield* parseEach(body, spans)
  if (
    form === 'json' &&
    parsed.broken.size === spans.length &&
    parsed.broken.values().every((error) => error === notJson)
  )
    throw new AppError('BAD_REQUEST', 'The body is no JSON: send an array, or one object a line.')
  return parsed
}
