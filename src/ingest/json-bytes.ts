// What a byte means between the texts of JSON; most mean nothing.
const BLANK = 1
const COMMA = 2
const COLON = 3
const OPEN = 4
const CLOSE = 5
const QUOTE = 6

const meaning = new Uint8Array(256)
for (const [mean, characters] of [
  [BLANK, ' \t\r\n'],
  [COMMA, ','],
  [COLON, ':'],
  [OPEN, '[{'],
  [CLOSE, ']}'],
  [QUOTE, '"'],
] as const)
  for (const each of characters) meaning[each.charCodeAt(0)] = mean

// And within a text: no text has the end of a line.
const CLOSED = 1
const ESCAPE = 2
const BROKEN = 3
const meaningInText = new Uint8Array(256).fill(BROKEN, 0, 0x20)
meaningInText['"'.charCodeAt(0)] = CLOSED
meaningInText['\\'.charCodeAt(0)] = ESCAPE

/** Whole numbers of fewer digits are exact. */
const LONG_NUMBER = 16

/** The first place from `at` on that has no blank of JSON. */
export const skipBlank = (body: Buffer, at: number): number => {
  const end = body.length // asked for once: of a Buffer it is slow
  let next = at
  while (next < end && meaning[body[next]!] === BLANK) next += 1
  return next
}

/** Where the text that begins at `open` is closed; `end` for one that is not. */
const closeOf = (body: Buffer, open: number, end: number): number => {
  for (let at = open + 1; at < end; at += 1) {
    const mean = meaningInText[body[at]!]
    if (mean === CLOSED) return at
    if (mean === BROKEN) break
    if (mean === ESCAPE) at += 1
  }
  return end
}

export type ValueEnd = {
  readonly to: number
  /** False where something is still open at the end. */
  readonly isWhole: boolean
  /** Without the blanks between its parts. */
  readonly bytes: number
  /** It has at least so many, however it is written anew: an escape writes a character in six. */
  readonly leastBytes: number
  /** Of objects and arrays, in each other. */
  readonly levels: number
  /** False where no number has so many digits that reading it could change them. */
  readonly mayBeInexact: boolean
}

/**
 * Where the JSON value ends that begins at `from`: after its closing bracket, or else before the next comma or
 * closing bracket. That it is JSON is not checked; what is JSON in pieces cut here is JSON as a whole.
 */
export const valueEnd = (body: Buffer, from: number, end = body.length): ValueEnd => {
  let at = from
  let depth = 0
  let levels = 0
  let blanks = 0
  let leastBytes = 0
  let before = from - 1 // the last place that had a meaning
  let mayBeInexact = false
  scan: for (; at < end; at += 1) {
    const mean = meaning[body[at]!]
    if (mean === 0) continue
    if (at - before > LONG_NUMBER) mayBeInexact = true
    before = at
    switch (mean) {
      case BLANK:
        blanks += 1
        break
      case QUOTE:
        at = closeOf(body, at, end)
        leastBytes += 2 + Math.floor((at - before) / 6)
        before = at
        break
      case COMMA:
        if (depth === 0) break scan
        leastBytes += 1
        break
      case COLON:
        leastBytes += 1
        break
      case OPEN:
        depth += 1
        if (depth > levels) levels = depth
        leastBytes += 2
        break
      case CLOSE:
        depth -= 1
        if (depth === 0) at += 1
        if (depth <= 0) break scan
    }
  }
  const to = Math.min(at, end)
  mayBeInexact ||= at - before > LONG_NUMBER
  return { to, isWhole: depth <= 0 && at <= end, bytes: to - from - blanks, leastBytes, levels, mayBeInexact }
}
