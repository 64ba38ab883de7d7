import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AppError } from '../platform/errors.ts'
import { contentTypeOf, packingOf } from '../platform/http/content.ts'
import { parseJson } from '../platform/json.ts'
import { noArray, type Cut, type Span } from './cut.ts'
import { Unread, type ItemError } from './item-errors.ts'

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

/** The place after the last item that is parsed together with `first`. */
const partEnd = (spans: readonly Span[], first: number): number => {
  const { from } = spans[first]!
  let end = first + 1
  while (end < spans.length && !spans[end]!.refused && spans[end]!.to - from <= TOGETHER_BYTES) end += 1
  return end
}

/** Many digits are mostly those of a fraction, so `parseJson` looks again where there are some. */
const isInexact = (spans: readonly Span[]): false | undefined =>
  spans.some(({ mayBeInexact }) => mayBeInexact) ? undefined : false

function* parseArray(body: Buffer, spans: readonly Span[]): Generator<unknown, void, undefined> {
  for (let first = 0; first < spans.length;) {
    const { from, refused } = spans[first]!
    if (refused) {
      yield new Unread(refused)
      first += 1
      continue
    }
    const together = spans.slice(first, partEnd(spans, first))
    const part = parseJson(`[${body.toString('utf8', from, together.at(-1)!.to)}]`, isInexact(together))
    if (!Array.isArray(part?.value) || part.value.length !== together.length) throw noArray()
    yield* part.value
    first += together.length
  }
}

const notJson: ItemError = { code: 'INVALID_JSON', message: 'the line is not one JSON object' }

function* parseEach(body: Buffer, { form, spans }: Cut): Generator<unknown, void, undefined> {
  let noJson = 0
  for (const span of spans) {
    if (span.refused) {
      yield new Unread(span.refused)
      continue
    }
    // `trim` also takes the \r of CRLF.
    const parsed = parseJson(body.toString('utf8', span.from, span.to).trim(), isInexact([span]))
    if (!parsed) noJson += 1
    yield parsed ? parsed.value : new Unread(notJson)
  }
  if (form === 'json' && noJson === spans.length)
    throw new AppError('BAD_REQUEST', 'The body is no JSON: send an array, or one object a line.')
}

/**
 * The items of a body that `cutItems` cut, in the order in which they were sent. They are parsed as they are
 * asked for, since all at once can be thirty times as large as the body. A broken line is one `Unread`; a broken
 * array has no items to tell apart, so it is BAD_REQUEST, which is thrown where the array breaks: what came
 * before is not to be kept either.
 */
export const parseItems = (body: Buffer, cut: Cut): Iterable<unknown> =>
  cut.as === 'array' ? parseArray(body, cut.spans) : parseEach(body, cut)
