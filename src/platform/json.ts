// Of ECMAScript 2026 (JSON.parse source text access), which the types do not know yet.
declare global {
  interface JSON {
    rawJSON(text: string): { readonly rawJSON: string }
    isRawJSON(value: unknown): value is { readonly rawJSON: string }
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown
  }
}

// Searching costs a quarter of parsing, reviving each value five times as much.
const mayBeInexact = /(?:^|[:[,])\s*-?\d{16}/
const wholeNumber = /^-?\d+$/

const kept = (_key: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === 'number' &&
  !Number.isSafeInteger(value) &&
  source !== undefined &&
  wholeNumber.test(source)
    ? JSON.rawJSON(source)
    : value

/**
 * JSON whose whole numbers beyond 2^53 keep their digits (`digitsOf`), so that an id of 64 bits stays one, and
 * go back to text as they came. Undefined for what is no JSON, and for what is nested deeper than can be revived, which is
 * some thousand levels.
 */
export const parseJson = (text: string): { readonly value: unknown } | undefined => {
  try {
    const value: unknown = mayBeInexact.test(text) ? JSON.parse(text, kept) : JSON.parse(text)
    return { value }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

/** The digits of a whole number that `parseJson` kept because a number would have changed them. */
export const digitsOf = (value: unknown): string | undefined =>
  JSON.isRawJSON(value) ? value.rawJSON : undefined
