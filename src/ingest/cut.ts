import { AppError } from '../platform/errors.ts'
import type { Steps } from '../platform/turns.ts'
import { utf8Fault } from '../platform/utf8.ts'
import { MAX_ENTRY_BYTES, tooDeep, tooLarge } from './dataset.ts'
import { MAX_LEVELS } from './fields.ts'
import type { ItemError } from './item-errors.ts'
import { skipBlank, valueEnd, type ValueEnd } from './json-bytes.ts'
import type { Form } from './parse.ts'

/** Where an item stands in a body. */
export type Span = {
  readonly from: number
  readonly to: number
  /** Why it could not be stored, whatever it is: it is not read. */
  readonly refused: ItemError | undefined
  /** False where no number of it has so many digits that reading it could change them. */
  readonly mayBeInexact: boolean
}

/** A body in its items, none of which is parsed yet. */
export type Cut = {
  readonly form: Form
  readonly as: 'array' | 'object' | 'lines'
  readonly spans: readonly Span[]
}

/**
 * Each item may be answered with a rejection, and each is one id to remember: 50,000 keep both within a few
 * MB.
 */
export const MAX_ITEMS = 50_000

/** As it is sent: a number may have digits that say nothing. */
const MAX_ITEM_BYTES = 8 * MAX_ENTRY_BYTES
/** Between two looks at the clock. */
const STEP_BYTES = 64 << 10

const BYTE_ORDER_MARK = Buffer.from('\uFEFF')
const [NEWLINE, COMMA, ARRAY, ARRAY_END, OBJECT] = [0x0a, 0x2c, 0x5b, 0x5d, 0x7b]

const refusalOf = ({ bytes, leastBytes, levels }: ValueEnd): ItemError | undefined => {
  if (leastBytes > MAX_ENTRY_BYTES || bytes > MAX_ITEM_BYTES) return tooLarge
  return levels > MAX_LEVELS ? tooDeep : undefined
}

const spanOf = (from: number, value: ValueEnd, to = value.to): Span => ({
  from,
  to,
  refused: refusalOf(value),
  mayBeInexact: value.mayBeInexact,
})

export const noArray = (): AppError =>
  new AppError('BAD_REQUEST', 'The body is not a whole JSON array. Nothing of it was taken.')

/** A list that no more than MAX_ITEMS go into. */
const createSpans = () => {
  const spans: Span[] = []
  const add = (span: Span): void => {
    if (spans.push(span) <= MAX_ITEMS) return
    throw new AppError(
      'PAYLOAD_TOO_LARGE',
      `A request holds at most ${MAX_ITEMS} items. Send the rest in the next one.`,
    )
  }
  return { spans, add }
}

function* cutArray(body: Buffer, open: number): Steps<readonly Span[]> {
  const { spans, add } = createSpans()
  const first = skipBlank(body, open + 1)
  let at = body[first] === ARRAY_END ? first : open // then at the comma before each item
  for (let pauseAt = at + STEP_BYTES; body[at] !== ARRAY_END;) {
    const from = skipBlank(body, at + 1)
    const value = valueEnd(body, from)
    at = skipBlank(body, value.to)
    if (body[at] !== COMMA && body[at] !== ARRAY_END) throw noArray()
    add(spanOf(from, value))
    if (at < pauseAt) continue
    yield
    pauseAt = at + STEP_BYTES
  }
  if (skipBlank(body, at + 1) < body.length) throw noArray()
  return spans
}

function* cutLines(body: Buffer, start: number): Steps<readonly Span[]> {
  const { spans, add } = createSpans()
  let pauseAt = start + STEP_BYTES
  for (let from = start; from < body.length;) {
    const newline = body.indexOf(NEWLINE, from)
    const to = newline === -1 ? body.length : newline
    add(spanOf(from, valueEnd(body, from, to), to))
    from = skipBlank(body, to + 1)
    if (from < pauseAt) continue
    yield
    pauseAt = from + STEP_BYTES
  }
  return spans
}

/**
 * Finds the items of a body: a JSON array, one JSON object, or one JSON object a line. Throws BAD_REQUEST for
 * what is no text and for an array that is not whole, and PAYLOAD_TOO_LARGE above MAX_ITEMS.
 */
export function* cutItems(body: Buffer, form: Form): Steps<Cut> {
  const fault = utf8Fault(body)
  if (fault !== undefined) throw new AppError('BAD_REQUEST', `The body is not text: ${fault}.`)
  // Windows tools begin a file with a byte order mark, which JSON does not know.
  const start = skipBlank(body, body.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0)
  if (start >= body.length)
    throw new AppError('BAD_REQUEST', 'The body is empty. Send a JSON array or NDJSON.')
  if (form === 'json' && body[start] === ARRAY)
    return { form, as: 'array', spans: yield* cutArray(body, start) }
  if (form === 'json' && body[start] === OBJECT) {
    const value = valueEnd(body, start)
    if (value.isWhole && skipBlank(body, value.to) >= body.length)
      return { form, as: 'object', spans: [spanOf(start, value)] }
  }
  return { form, as: 'lines', spans: yield* cutLines(body, start) }
}
