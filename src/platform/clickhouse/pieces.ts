/**
 * A server reads at most 128 KiB of one value (`http_max_field_value_size`), and that can't be raised by a request.
 * Characters: in UTF-8, or escaped in a list, each takes three bytes at most (a pair of surrogates four).
 */
const MAX_CHARACTERS = 40_000

/** What a placeholder gets: a value that a server takes. */
export type Piece = { readonly type: string; readonly value: string | number | readonly (string | number)[] }

const isPair = (text: string, at: number): boolean =>
  /[\uD800-\uDBFF]/.test(text[at - 1]!) && /[\uDC00-\uDFFF]/.test(text[at]!)

const textPieces = (text: string): string[] => {
  const pieces: string[] = []
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + MAX_CHARACTERS)
    if (to < text.length && isPair(text, to)) to -= 1
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}

/** Quotes and a comma. */
const sizeOf = (value: string | number): number => String(value).length + 3

/** Runs of neighbours that fit together; one that is too long by itself stands alone. */
const runs = (values: readonly (string | number)[]): (string | number)[][] => {
  const all: (string | number)[][] = []
  let room = 0
  for (const value of values) {
    const size = sizeOf(value)
    if (all.length === 0 || size > room) {
      all.push([])
      room = MAX_CHARACTERS
    }
    all.at(-1)!.push(value)
    room -= size
  }
  return all
}

const call = (name: string, parts: readonly string[]): string =>
  parts.length === 1 ? parts[0]! : `${name}(${parts.join(', ')})`

/**
 * The expression of a value of any size: one placeholder, or several put together by the server. `place` gives the
 * placeholder of a piece.
 */
export const inPieces = ({ type, value }: Piece, place: (piece: Piece) => string): string => {
  if (typeof value === 'number') return place({ type, value })
  if (typeof value === 'string')
    return value.length <= MAX_CHARACTERS
      ? place({ type, value })
      : call(
          'concat',
          textPieces(value).map((piece) => place({ type, value: piece })),
        )
  const lists = runs(value)
  if (lists.length <= 1 && !isTooLong(value)) return place({ type, value })
  return call(
    'arrayConcat',
    lists.map((list) =>
      isTooLong(list)
        ? `[${inPieces({ type: 'String', value: list[0]! }, place)}]`
        : place({ type, value: list }),
    ),
  )
}

/** Only a text can be. */
const isTooLong = (list: readonly (string | number)[]): boolean =>
  list.length === 1 && sizeOf(list[0]!) > MAX_CHARACTERS
