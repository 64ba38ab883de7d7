import { z } from 'zod'
import { freshness } from '../platform/freshness.ts'
import { dateTimeText, readDateTime } from '../platform/clickhouse/date-time.ts'
import type { TenantId } from '../platform/ids.ts'
import { digitsOf } from '../platform/json.ts'
import { days, keptMs } from '../platform/retention.ts'
import { resolveAliases, type Aliases } from './aliases.ts'
import { eventId, isTime, MAX_LEVELS, type time } from './fields.ts'
import { itemError, type ItemError } from './item-errors.ts'

type Fields = { readonly time: ReturnType<typeof time> } & Readonly<Record<string, z.ZodType>>
type ItemOf<F extends Fields> = BaseItem & { readonly [K in keyof F]: z.output<F[K]> }

/** What every item has, whatever its dataset. */
export type BaseItem = { readonly event_id?: string | undefined; readonly time: number }

/** An item as it is stored: every value is there, under the name of its field. */
export type Row<Item extends BaseItem = BaseItem> = Omit<Item, 'event_id'> & { readonly event_id: string }

/** A stored line read back: tenant, id, then the values in the order of the fields. */
export type Line = readonly unknown[]

/** A field in words, for documents. */
export type FieldDescription = {
  readonly name: string
  readonly expected: string
  readonly required: boolean
  /** A number, for sources that have only texts. */
  readonly numeric?: true
  /** The most characters of a text, or of the text of a document. */
  readonly characters?: number
  /** What an item without the field has. */
  readonly default?: unknown
}

/** Everything that ingest knows of one kind of fact. */
export type Dataset<Item extends BaseItem = BaseItem> = {
  /** Last part of the address `/ingest/<name>`, and the name of the table. */
  readonly name: string
  /** Columns of the insert, in the order in which `toLine` writes them. */
  readonly columns: readonly string[]
  /**
   * Strict: a field it does not know is refused by name, since a misspelt field would silently lose its
   * values.
   */
  readonly schema: z.ZodType<Item>
  /** What was sent, with the fields that stand at an alias at their own place: what `schema` takes. */
  resolve(value: unknown): unknown
  /** The field that says of which project an item is. Without it no item is of one. */
  readonly projectField: string | undefined
  /** The field that names the edge node that it comes from. Without it no item is of one. */
  readonly nodeField: string | undefined
  readonly fields: readonly FieldDescription[]
  /** Fields that may be left out. */
  readonly optional: ReadonlySet<string>
  /** One JSONCompactEachRow line without its newline. `item` is what `schema` gave. */
  toLine(tenant: TenantId, item: Item, eventId: string): string
  /** The row of a line that `toLine` wrote. */
  toRow(line: Line): Row<Item>
}

const functionOf = (...source: string[]): unknown => Reflect.construct(Function, source)

/**
 * Writes and reads lines by the field's names, as source text like `JSON.stringify([tenant, id, item.time])`.
 * Each row goes through here: a loop over the names takes 1.3 us for what the text does in 1.0. The names are
 * this program's own, and checked.
 */
const compile = <Item extends BaseItem>(
  names: readonly string[],
  isTimeField: (name: string) => boolean,
  optional: ReadonlySet<string>,
): Pick<Dataset<Item>, 'toLine' | 'toRow'> => {
  for (const name of names) if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new TypeError(`${name} names no field`)
  const values = names.map((name) => (isTimeField(name) ? `write(item.${name})` : `item.${name}`))
  const fields = names.map((name, at) => {
    const value = `line[${at + 2}]`
    // What was left out is null in a line, and in the column.
    const given = optional.has(name) ? `${value} ?? undefined` : value
    return `${name}: ${isTimeField(name) ? `read(${value})` : given}`
  })
  const toLine = `return (tenant, item, id) => JSON.stringify([tenant, id, ${values.join(', ')}])`
  const toRow = `return (line) => ({ event_id: line[1], ${fields.join(', ')} })`
  type Compiled<Work> = (step: (value: never) => unknown) => Work
  return {
    toLine: (functionOf('write', toLine) as Compiled<Dataset<Item>['toLine']>)(timeText),
    toRow: (functionOf('read', toRow) as Compiled<Dataset<Item>['toRow']>)(timeOf),
  }
}

const timeText = (ms: number): string => dateTimeText(new Date(ms))
/** Lines of versions before, which may wait in the log during an upgrade, have milliseconds. */
const timeOf = (value: string | number): number => (typeof value === 'number' ? value : readDateTime(value))

const inner = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema

const describe = (name: string, schema: z.ZodType): FieldDescription => {
  const {
    description: expected,
    numeric,
    characters,
  } = (inner(schema).meta() ?? {}) as {
    description?: string
    numeric?: boolean
    characters?: number
  }
  if (expected === undefined) throw new TypeError(`the field ${name} does not say what it expects`)
  const about = { name, expected, ...(numeric && { numeric }), ...(characters && { characters }) }
  if (schema instanceof z.ZodDefault) return { ...about, required: false, default: schema.def.defaultValue }
  return { ...about, required: !(schema instanceof z.ZodOptional) }
}

const refusing =
  <Item>(refuse: (item: Item) => { readonly field: string; readonly message: string } | undefined) =>
  (item: Item, context: z.core.$RefinementCtx): void => {
    const wrong = refuse(item)
    if (wrong)
      context.issues.push({ code: 'custom', message: wrong.message, input: item, path: [wrong.field] })
  }

/**
 * Declares a dataset, once: all else follows. `fields` are in the order of the table's columns. Trap: lines
 * that wait in the log while the program is upgraded are in the old order, so a field of a dataset in use is
 * never moved, and a new one comes last and in a release of its own.
 */
export const defineDataset = <const F extends Fields>(declared: {
  readonly name: string
  readonly fields: F
  /** Columns that have another name than their field. */
  readonly columns?: { readonly [K in keyof F]?: string }
  readonly project?: keyof F & string
  /** What is wrong with an item whose fields are all right by themselves: the field, and what is expected of it. */
  readonly refuse?: (
    item: ItemOf<F>,
  ) => { readonly field: keyof F & string; readonly message: string } | undefined
  /** Where a field may stand besides, in what producers have already. */
  readonly aliases?: Aliases & { readonly [K in keyof F]?: readonly string[] }
}): Dataset<ItemOf<F>> => {
  const { name, fields, project, refuse } = declared
  const names = Object.keys(fields)
  const shape = { event_id: eventId().optional(), ...fields }
  const schema = z.strictObject(shape) as unknown as z.ZodType<ItemOf<F>>
  const described = Object.entries<z.ZodType>(shape).map(([field, schema]) => describe(field, schema))
  const optional = new Set(described.filter(({ required }) => !required).map((each) => each.name))
  const { aliases } = declared
  const renamed: Readonly<Record<string, string | undefined>> = declared.columns ?? {}
  return {
    name,
    columns: ['tenant_id', 'event_id', ...names.map((field) => renamed[field] ?? field)],
    schema: refuse ? schema.superRefine(refusing(refuse)) : schema,
    resolve: aliases ? (value) => resolveAliases(aliases, value) : (value) => value,
    projectField: project,
    nodeField: names.find((field) => field === 'node_id'),
    fields: described,
    optional,
    ...compile<ItemOf<F>>(names, (field) => isTime(inner(fields[field]!)), optional),
  }
}

/** The most characters that a field of a dataset takes, for what answers with it. */
export const charactersOf = (
  { name, fields }: Pick<Dataset<never>, 'name' | 'fields'>,
  field: string,
): number => {
  const characters = fields.find((each) => each.name === field)?.characters
  if (characters === undefined) throw new TypeError(`${name}.${field} is no text`)
  return characters
}

type Known<Item extends BaseItem> = Pick<Dataset<Item>, 'name' | 'schema' | 'optional' | 'resolve'>

/** Null in a field that may be left out is "not given": that is how many producers write it. */
const withoutNulls = (value: unknown, optional: ReadonlySet<string>): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const item = value as Readonly<Record<string, unknown>>
  for (const name in item) {
    if (item[name] === null && optional.has(name))
      return Object.fromEntries(
        Object.entries(item).filter(([key, given]) => given !== null || !optional.has(key)),
      )
  }
  return value
}

/** The fields of an item by their names: one that is null is taken from its alias, which may be null too. */
const given = (
  sent: unknown,
  resolve: (value: unknown) => unknown,
  optional: ReadonlySet<string>,
): unknown => {
  const named = withoutNulls(sent, optional)
  const resolved = resolve(named)
  return resolved === named ? named : withoutNulls(resolved, optional)
}

const unit = 'A number is read as Unix milliseconds'

/** Whether an item may be kept now, and as what. Ingest and a dry run of the command line ask the same. */
export const checkItem = <Item extends BaseItem>(
  { name, schema, optional, resolve }: Known<Item>,
  sent: unknown,
  nowMs: number,
): { readonly item: Item } | { readonly error: ItemError } => {
  const digits = digitsOf(sent)
  const value = digits === undefined ? given(sent, resolve, optional) : Number(digits)
  const result = schema.safeParse(value)
  if (!result.success) return { error: itemError(result.error.issues[0]!, value) }
  const { time } = result.data
  // Such a row would be removed by the next merge, after it was accepted.
  if (time < nowMs - keptMs(name)) {
    return { error: { code: 'TOO_OLD', message: `time: older than ${days(keptMs(name))} days. ${unit}` } }
  }
  if (time > nowMs + freshness.maxAheadMs) {
    const message = `time: more than ${freshness.maxAheadMs / 60_000} minutes ahead. ${unit}`
    return { error: { code: 'IN_THE_FUTURE', message } }
  }
  return { item: result.data }
}

/**
 * Bounds of one entry of the log, hence of one script call, which holds Redis for about a millisecond. The
 * reader takes a hundred entries at a time, so the bytes also bound what it holds: 12.8 MB.
 */
export const MAX_ENTRY_BYTES = 128 << 10

export const tooLarge: ItemError = {
  code: 'TOO_LARGE',
  message: `the item has more than ${MAX_ENTRY_BYTES} bytes as it would be stored`,
}

export const tooDeep: ItemError = {
  code: 'TOO_LARGE',
  message: `the item has objects and arrays in more than ${MAX_LEVELS} levels`,
}

/** The error of a line that the log would not take. */
export const tooLong = (line: string): ItemError | undefined =>
  line.length * 3 > MAX_ENTRY_BYTES && Buffer.byteLength(line) >= MAX_ENTRY_BYTES ? tooLarge : undefined
