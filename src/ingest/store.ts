import type { TenantId } from '../platform/ids.ts'
import type { ClickHouse } from '../platform/clickhouse/client.ts'
import type { Batch } from './batches.ts'
import type { Dataset } from './dataset.ts'

/** A row that ClickHouse refuses, with the name or number of its error. */
export type DeadRow = { readonly tenant: TenantId; readonly code: string; readonly line: string }

/**
 * ClickHouse's codes for "these bytes can't become a row" (src/Common/ErrorCodes.cpp): they fail the same way
 * every time. Everything else (no table, no memory, no answer) may be mended while the rows wait.
 */
const refusalCodes = new Set([
  '6', // CANNOT_PARSE_TEXT
  '25', // CANNOT_PARSE_ESCAPE_SEQUENCE
  '26', // CANNOT_PARSE_QUOTED_STRING
  '27', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  '33', // CANNOT_READ_ALL_DATA
  '38', // CANNOT_PARSE_DATE
  '41', // CANNOT_PARSE_DATETIME
  '53', // TYPE_MISMATCH
  '69', // ARGUMENT_OUT_OF_BOUND
  '70', // CANNOT_CONVERT_TYPE
  '72', // CANNOT_PARSE_NUMBER
  '117', // INCORRECT_DATA
  '128', // TOO_LARGE_ARRAY_SIZE
  '130', // CANNOT_READ_ARRAY_FROM_TEXT
  '131', // TOO_LARGE_STRING_SIZE
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '349', // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  '376', // CANNOT_PARSE_UUID
  '407', // DECIMAL_OVERFLOW
  '467', // CANNOT_PARSE_BOOL
  '691', // UNKNOWN_ELEMENT_OF_ENUM
])

/** The reason when ClickHouse refused the content, wherever in the chain of causes its error stands. */
export const refusalOf = (error: unknown): string | undefined => {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code, type } = each as { code?: unknown; type?: unknown }
    if (typeof code !== 'string' || !refusalCodes.has(code)) continue
    return typeof type === 'string' && /^[A-Z_]+$/.test(type) ? type : code
  }
  return undefined
}

type Line = { readonly tenant: TenantId; readonly bytes: Buffer }

/**
 * Inserts a batch and returns the rows that ClickHouse refuses; all others are stored when it resolves. A
 * refused batch is halved until the bad rows stand alone. The halves' tokens follow from the batch's, so
 * doing all of it again after a crash stores nothing twice. Rejects when ClickHouse does not take rows at the
 * moment.
 */
export const storeBatch = async (
  clickHouse: Pick<ClickHouse, 'insertRows'>,
  { name, columns }: Pick<Dataset, 'name' | 'columns'>,
  { entries, token }: Batch,
): Promise<DeadRow[]> => {
  const insert = async (chunks: readonly Buffer[], token: string): Promise<string | undefined> => {
    try {
      await clickHouse.insertRows(name, columns, chunks, token)
      return undefined
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined) throw error
      return refusal
    }
  }
  const refused = await insert(
    entries.map((entry) => entry.lines),
    token,
  )
  if (refused === undefined) return []

  const lines = entries.flatMap(linesOf)
  const dead: DeadRow[] = []
  const halve = async (from: number, to: number, reason: string): Promise<void> => {
    if (to - from === 1) {
      const { tenant, bytes } = lines[from]!
      dead.push({ tenant, code: reason, line: bytes.toString().trimEnd() })
      return
    }
    const middle = (from + to) >>> 1
    for (const [start, end] of [
      [from, middle],
      [middle, to],
    ] as const) {
      const part = lines.slice(start, end).map((line) => line.bytes)
      const again = await insert(part, `${token}:${start}-${end}`)
      if (again !== undefined) await halve(start, end, again)
    }
  }
  await halve(0, lines.length, refused)
  return dead
}

const linesOf = ({ tenant, lines }: Batch['entries'][number]): Line[] => {
  const found: Line[] = []
  for (let from = 0; from < lines.length;) {
    const newline = lines.indexOf(0x0a, from)
    const end = newline === -1 ? lines.length : newline + 1
    found.push({ tenant, bytes: lines.subarray(from, end) })
    from = end
  }
  return found
}
