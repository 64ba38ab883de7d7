import { AppError } from '../../platform/errors.ts'
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
  /** Columns whose texts, joined with a space, are the time. */
  readonly timeColumn: readonly string[]
  /** The map field that takes the columns nothing else takes. */
  readonly rest?: string | undefined
  readonly time: TimeFormatOptions
}

export type Item = Record<string, unknown>
export type Mapped =
  | { readonly item: Item; readonly timeMs?: number | undefined }
  | { readonly problem: string }
export type Mapping = {
  /** Columns the flags name; a CSV file that lacks one is refused before anything is sent. */
  readonly columns: readonly string[]
  /** `problem` when the row's time can't be read; the caller adds the shift to `timeMs`. */
  apply(row: Readonly<Record<string, unknown>>): Mapped
}

/** Fields that are numbers in every dataset that has them: a CSV file can only give text. */
const numericFields = new Set([
  'viewer_count',
  'latitude',
  'longitude',
  'connection_quality',
  'buffer_health',
  'bandwidth',
])

/** Throws BAD_REQUEST for a pair without `=` or a time format that can't be read. */
export const createMapping = (options: MappingOptions): Mapping => {
  // A column's name may hold `=`, a field's can't; of a constant it is the value that may.
  const map = options.map.map((pair) => split(pair, pair.lastIndexOf('='), '--map column=field'))
  const set = options.set.map((pair) => split(pair, pair.indexOf('='), '--set field=value'))
  const columns = [...map.map(([column]) => column), ...options.timeColumn]
  const taken = new Set(columns)
  const everyColumn = map.length === 0 && options.rest === undefined
  const readTime = timeReader(options.time)

  return {
    columns,
    apply: (row) => {
      const item = emptyItem()
      if (everyColumn || options.rest !== undefined) {
        for (const [column, value] of Object.entries(row)) {
          if (taken.has(column)) continue
          assign(item, options.rest === undefined ? column : [options.rest, column], value)
        }
      }
      for (const [column, field] of map) assign(item, field, valueAt(row, column))
      for (const [field, value] of set) assign(item, field, value)
      return withTime(item, row, options, readTime)
    },
  }
}

const withTime = (item: Item, row: Item, options: MappingOptions, read: TimeReader): Mapped => {
  const parts = options.timeColumn.map((column) => valueAt(row, column))
  // One column may hold a number (NDJSON); several are texts.
  const value = parts.length === 0 ? item.time : parts.length === 1 ? parts[0] : parts.map(String).join(' ')
  if (value === undefined) return { item }
  const timeMs = read(value)
  if (timeMs !== undefined) return { item, timeMs }
  const { format } = options.time
  return {
    problem: `the time is not ${format === 'auto' ? 'an ISO time or Unix ms: see --time-format' : `in the format ${format}`}`,
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

/** Empty text is no value (a CSV cell can't be absent), except a message, which may well be empty. */
const assign = (item: Item, field: string | readonly [string, string], value: unknown): void => {
  if (value === undefined || (value === '' && field !== 'message')) return
  const dot = typeof field === 'string' ? field.indexOf('.') : -1
  if (typeof field === 'string' && dot < 0) {
    item[field] = numericFields.has(field) ? asNumber(value) : value
    return
  }
  const [name, key] = typeof field === 'string' ? [field.slice(0, dot), field.slice(dot + 1)] : field
  // Built anew, so that a source row's own map is never changed.
  item[name] = Object.assign(emptyItem(), item[name], { [key]: value })
}

/** Without a prototype, so that a column called `__proto__` is only a key. */
const emptyItem = (): Item => Object.create(null) as Item

/** Text that is no number stays as it is: the server then says what is wrong with it. */
const asNumber = (value: unknown): unknown =>
  typeof value === 'string' && Number.isFinite(Number(value)) ? Number(value) : value
