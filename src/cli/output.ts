export type Column = { readonly header: string; readonly align?: 'left' | 'right' }

/** What a command writes to: the process itself, or something that remembers, in tests. */
export type Sink = {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

// Code points, not terminal cells: good enough for names, ids and numbers.
const widthOf = (text: string): number => Array.from(text).length

/**
 * Names of old and texts of others: one with control characters would move the cursor of whoever reads the table, or
 * worse, and one that turns the direction of writing would show the next cells in another order.
 */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, '\u{FFFD}')

/**
 * A plain table: a line of headers, a line of dashes, a line a row; columns two spaces apart, no trailing
 * spaces.
 */
export const formatTable = (
  columns: readonly (Column | string)[],
  rows: readonly (readonly (string | number)[])[],
): string => {
  const heads = columns.map((column): Column => (typeof column === 'string' ? { header: column } : column))
  const cells = rows.map((row) => heads.map((_, index) => printable(String(row[index] ?? ''))))
  const widths = heads.map(({ header }, index) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[index]!)), widthOf(header)),
  )
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => {
        const fill = ' '.repeat(widths[index]! - widthOf(text))
        return heads[index]!.align === 'right' ? fill + text : text + fill
      })
      .join('  ')
      .trimEnd()
  return [
    line(heads.map(({ header }) => header)),
    line(widths.map((width) => '-'.repeat(width))),
    ...cells.map(line),
  ].join('\n')
}

/** A command's result on standard output: one line of JSON with `--json`, else the text. */
export const printResult = (
  options: { readonly json?: boolean | undefined },
  value: unknown,
  text: () => string,
  out: Sink = process.stdout,
): void => {
  out.write(`${options.json ? JSON.stringify(value) : text()}\n`)
}

/** One line that tells how far a command is. */
export type ProgressLine = {
  /** On a terminal it replaces the line; elsewhere it is a line of its own, at most one each `everyMs`. */
  update(text: string): void
  /** A line that stays. */
  note(text: string): void
  /** Takes the line away, for what is printed next. */
  clear(): void
}

/** Progress goes to standard error, so that a result can be piped. */
export const createProgressLine = (
  out: Sink = process.stderr,
  everyMs = out.isTTY ? 100 : 5_000,
): ProgressLine => {
  let shown = false
  let lastMs = -Infinity
  const clear = (): void => {
    if (shown) out.write('\r\u001B[2K')
    shown = false
  }
  return {
    update: (text) => {
      const nowMs = performance.now()
      if (nowMs - lastMs < everyMs) return
      const first = lastMs === -Infinity
      lastMs = nowMs
      if (out.isTTY) {
        out.write(`\r\u001B[2K${text.slice(0, (out.columns ?? 80) - 1)}`)
        shown = true
      } else if (!first) out.write(`${text}\n`)
    },
    note: (text) => {
      clear()
      out.write(`${text}\n`)
    },
    clear,
  }
}

/** `[######----]  60%` */
export const formatBar = (fraction: number, width = 24): string => {
  const part = Math.min(Math.max(fraction, 0), 1)
  const filled = Math.floor(part * width)
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${String(Math.floor(part * 100)).padStart(3)}%`
}

let grouped: Intl.NumberFormat | undefined
/** 12345.6 -> `12,346` */
export const formatCount = (count: number): string =>
  // Made on first use: it takes 13 ms, a twentieth of most commands, which count nothing.
  (grouped ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })).format(count)

/** 950 -> `0.9 s`, 61_000 -> `1 min 1 s`, and so on up to days; negative for the past. */
export const formatDuration = (ms: number): string => {
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  const seconds = Math.floor(ms / 1000)
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ')
}
