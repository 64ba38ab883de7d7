import { randomUUID } from 'node:crypto'

// Of ECMAScript 2026 (JSON.parse source text access), which the types do not know yet.
declare global {
  interface JSON {
    rawJSON(text: string): { readonly rawJSON: string }
    isRawJSON(value: unknown): value is { readonly rawJSON: string }
  }
}

// Searching costs a quarter of parsing, keeping digits three times as much.
const mayHaveLong = /(?:^|[:[,])\s*-?\d{16}/
const long = /(?<![\w.+-])-?[1-9]\d{15,}(?![\w.+-])/g

/** The one key of an object that stands for digits until they are put back; nobody outside knows it. */
const DIGITS = randomUUID()

const marked = (digits: string): string =>
  Number.isSafeInteger(Number(digits)) ? digits : `{"${DIGITS}":"${digits}"}`

/** The place after a text that begins at `open`. */
const endOfText = (json: string, open: number): number => {
  for (let close = json.indexOf('"', open + 1); close !== -1; close = json.indexOf('"', close + 1)) {
    let first = close
    while (json[first - 1] === '\\') first -= 1
    if ((close - first) % 2 === 0) return close + 1
  }
  return json.length
}

/** The same JSON with an object, which can stand wherever a number can and nowhere else, for each long number. */
const withMarks = (json: string): string => {
  const parts: string[] = []
  for (let at = 0; at < json.length;) {
    const quote = json.indexOf('"', at)
    const open = quote === -1 ? json.length : quote
    parts.push(json.slice(at, open).replace(long, marked))
    at = quote === -1 ? open : endOfText(json, open)
    parts.push(json.slice(open, at))
  }
  return parts.join('')
}

/** Puts the digits back, in place. */
const withDigits = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const inner = value as Record<string, unknown>
  const digits = inner[DIGITS]
  if (typeof digits === 'string') return JSON.rawJSON(digits)
  for (const key of Object.keys(inner))
    if (typeof inner[key] === 'object') inner[key] = withDigits(inner[key])
  return value
}

/**
 * JSON whose whole numbers beyond 2^53 keep their digits (`digitsOf`), so that an id of 64 bits stays one, and
 * go back to text as they came. Undefined for what is no JSON, and for what is nested deeper than digits can be put back,
 * which is some thousand levels. Not by a reviver: that takes a microsecond for each value that has no such digits.
 * `mayBeInexact` is false where the caller knows that there are none.
 */
export const parseJson = (
  text: string,
  mayBeInexact = mayHaveLong.test(text),
): { readonly value: unknown } | undefined => {
  try {
    const value: unknown = mayBeInexact ? withDigits(JSON.parse(withMarks(text))) : JSON.parse(text)
    return { value }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

/** The digits of a whole number that `parseJson` kept because a number would have changed them. */
export const digitsOf = (value: unknown): string | undefined =>
  JSON.isRawJSON(value) ? value.rawJSON : undefined
