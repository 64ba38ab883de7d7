import type { z } from 'zod'
import type { TenantId } from '../platform/ids.ts'
import { itemError, type ItemError } from './item-errors.ts'

/** What every item has, whatever its dataset. */
export type BaseItem = { readonly event_id?: string | undefined; readonly time: number }

/** A stored line read back: values in the order of the dataset's `columns`. */
export type Row = readonly unknown[]

/** Everything that ingest knows of one kind of fact. A new kind is one such declaration and a migration. */
export type Dataset<Item extends BaseItem = BaseItem> = {
  /** Last part of the address `/ingest/<name>`. */
  readonly name: string
  readonly table: string
  /** Columns of the insert, in the order in which `toLine` writes them. */
  readonly columns: readonly string[]
  /** Strict: a field it does not know is refused by name, since a misspelt field would silently lose its values. */
  readonly schema: z.ZodType<Item>
  /** The field that says of which project an item is. Without it no item is of one. */
  readonly projectField?: string
  /** One JSONCompactEachRow line without its newline. `item` is what `schema` gave. */
  toLine(tenant: TenantId, item: Item, eventId: string): string
  /**
   * What the live side needs of rows that were just stored: small, and the same again changes nothing. Undefined when
   * there is nothing to tell.
   */
  live?(rows: readonly Row[], nowMs: number): unknown
}

/** Raw rows are kept for 90 days: an older one would be removed by the next merge, after it was accepted. */
const MAX_AGE_MS = 90 * 24 * 3_600_000
/** Clocks of producers drift; five minutes is what NTP-less devices show. Beyond that "now" would show the future. */
const MAX_AHEAD_MS = 5 * 60_000

export const checkItem = <Item extends BaseItem>(
  dataset: Dataset<Item>,
  value: unknown,
  nowMs: number,
): { readonly item: Item } | { readonly error: ItemError } => {
  const result = dataset.schema.safeParse(value)
  if (!result.success) return { error: itemError(result.error.issues[0]!, value) }
  const { time } = result.data
  if (time < nowMs - MAX_AGE_MS) {
    return { error: { code: 'TOO_OLD', message: `time: older than 90 days. ${unit}` } }
  }
  if (time > nowMs + MAX_AHEAD_MS) {
    return { error: { code: 'IN_THE_FUTURE', message: `time: more than 5 minutes ahead. ${unit}` } }
  }
  return { item: result.data }
}

const unit = 'A number is read as Unix milliseconds'
