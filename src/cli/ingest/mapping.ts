import { levelReader } from './levels.ts'
import { AppError } from '../../platform/errors.ts'
import type { Dataset } from '../../ingest/dataset.ts'
import { timeReader, type TimeFormatOptions, type TimeReader } from './time-format.ts'

/**
 * What the flags say about turning a file's row into an ingest item. It is part of the key under which
 * progress is kept.
 */
export type MappingOptions = {
  /** `column=field` pairs; a dot in the field names an entry of a map (`attributes.event_id`). */
  readonly map: readonly string[]
  /** `field=value` pairs: constants, which win over the row. */
  readonly set: readonly string[]
  /** What levels are called: names of tables and `text=level` pairs. */
  readonly mapLevel?: readonly string[] | undefined
  /** Columns whose texts, joined with a space, are the time. */
  readonly timeColumn: readonly string[]
  /** The map field that takes the columns nothing else takes. */
  readonly rest?: string | undefined
  readonly time: Omit<TimeFormatOptions, 'notAfterMs'>
}

/** What the file and the dataset say about it. */
export type MappingTarget = Pick<Dataset, 'fields'> & {
  /** As `rest`, where no flag says it. */
  readonly rest?: string | undefined
  /** Columns that `rest` does not take. */
  readonly unasked?: readonly string[] | undefined
  /** When the file was written: times without a year are not after it. */
  readonly notAfterMs?: number | undefined
}

export type Item = Record<string, unknown>
export type Mapped =
  | { readonly item: Item; readonly timeMs?: number | undefined }
  | { readonly problem: string }
export type Mapping = {
  /** Columns the flags name; a CSV file that lacks one is refused before anything is sent. */
  readonly columns: readonly string[]
  /**
   * `problem` when the row's time can't be read; the caller adds the shift to `timeMs`. Rows come in the order of
   * the file, since a time without a year is read by the one before.
   */
  apply(row: Readonly<Record<string, unknown>>): Mapped
}

/** Columns that the flags name. Throws BAD_REQUEST for a pair that is none. */
export const namedColumns = ({ map, timeColumn }: MappingOptions): string[] => [
  ...pairsOf(map).map(([column]) => column),
  ...timeColumn,
]

// A column's name may hold `=`, a field's can't.
const pairsOf = (map: readonly string[]): [string, string][] =>
  map.map((pair) => split(pair, pair.lastIndexOf('='), '--map column=field'))

/**
 * A column that `--map` names goes where that says; one that is called as a field goes into that field; others
 * go into the map field `rest`, or, where there is none and no `--map`, into the field of their name, which the
 * server then refuses by name. Throws BAD_REQUEST for a pair without `=` or a time format that can't be read.
 */
export const createMapping = (options: MappingOptions, target: MappingTarget): Mapping => {
  const map = pairsOf(options.map)
  // Of a constant it is the value that may hold `=`.
  const set = options.set.map((pair) => split(pair, pair.indexOf('='), '--set field=value'))
  const columns = namedColumns(options)
  const taken = new Set([...columns, ...(options.timeColumn.length > 0 ? ['time'] : [])])
  const filled = new Set(map.map(([, field]) => field))
  const fields = new Set(target.fields.map(({ name }) => name).filter((name) => !filled.has(name)))
  const numeric = new Set(target.fields.filter((each) => each.numeric).map(({ name }) => name))
  const rest = options.rest ?? target.rest
  const unasked = new Set(target.unasked)
  const readTime = timeReader({ ...options.time, notAfterMs: target.notAfterMs })
  const readLevel = levelReader(options.mapLevel ?? [])
  const placeOf = (column: string): string | [string, string] | undefined => {
    if (fields.has(column)) return column
    if (unasked.has(column)) return undefined
    return rest === undefined ? (map.length === 0 ? column : undefined) : [rest, column]
  }

  return {
    columns,
    apply: (row) => {
      const item = emptyItem()
      const assign = (field: string | readonly [string, string], value: unknown): void =>
        put(item, field, typeof field === 'string' && numeric.has(field) ? asNumber(value) : value)
      for (const [column, value] of Object.entries(row)) {
        const place = taken.has(column) ? undefined : placeOf(column)
        if (place !== undefined) assign(place, value)
      }
      for (const [column, field] of map) assign(field, valueAt(row, column))
      for (const [field, value] of set) assign(field, value)
      if (item.level !== undefined) item.level = readLevel(item.level)
      return withTime(item, row, options, readTime)
    },
  }
}

const withTime = (item: Item, row: Item, options: MappingOptions, read: TimeReader): Mapped => {
  const parts = options.timeColumn.map((column) => valueAt(row, column))
  // One column may hold a number (NDJSON); several are texts.
  const value = parts.length === 0 ? item.time : parts.length === 1 ? parts[0] : parts.map(String).join(' ')
  if (value === undefined || value === null) return { item }
  const timeMs = read(value)
  if (timeMs !== undefined) return { item, timeMs }
  const { format } = options.time
  return {
    problem: `the time is not ${format === 'auto' ? 'in a form that is known by itself: see --time-format' : `in the format ${format}`}`,
  }
}

const split = (pair: string, at: number, usage: string): [string, string] => {
  if (at < 1 || (usage.startsWith('--map') && at === pair.length - 1)) {
    throw new AppError('BAD_REQUEST', `"${pair}" is not of the form ${usage}`)
  }
  return [pair.slice(0, at), pair.slice(at + 1)]
}

/** A column by its name, or, in nested JSON, by a dotted path. */
const valueAt = (row: Item, column: string): unknown => {
  if (Object.hasOwn(row, column) || !column.includes('.')) return row[column]
  let value: unknown = row
  for (const key of column.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Item)[key]
  }
  return value
}

/** Blank text is no value (a CSV cell can't be absent), except a message, which may well be empty. */
const put = (item: Item, field: string | readonly [string, string], value: unknown): void => {
  const blank = typeof value === 'string' && value.trim() === ''
  if (value === undefined || (blank && field !== 'message')) return
  const dot = typeof field === 'string' ? field.indexOf('.') : -1
  if (typeof field === 'string' && dot < 0) {
    item[field] = value
    return
  }
  const [name, key] = typeof field === 'string' ? [field.slice(0, dot), field.slice(dot + 1)] : field
  // Built anew, so that a source row's own map is never changed.
  item[name] = Object.assign(emptyItem(), item[name], { [key]: value })
}

/** Without a prototype, so that a column called `__proto__` is only a key. */
const emptyItem = (): Item => Object.create(null) as Item

const decimal = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i

/**
 * Text as the number that it writes in decimals; a blank cell as none. What is no number, and what a number can't
 * hold exactly, stays text: the server then says what is wrong with it, or reads its digits.
 */
const asNumber = (value: unknown): unknown => {
  if (typeof value !== 'string') return value
  const text = value.trim()
  const number = decimal.test(text) ? Number(text) : Number.NaN
  const exact = Number.isFinite(number) && (Number.isSafeInteger(number) || !Number.isInteger(number))
  return exact ? number : text
}
