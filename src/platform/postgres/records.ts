import { asStorable } from '../texts.ts'

/**
 * A value as JSON text that Postgres reads. Whole numbers beyond 2^53 keep their digits, and what Postgres keeps in no
 * text (U+0000) becomes U+FFFD: facts may have it, and one such text would refuse the whole statement.
 */
export const jsonOf = (given: unknown): string =>
  JSON.stringify(given, (_name, value: unknown) => {
    if (typeof value === 'bigint') return String(value)
    return typeof value === 'string' ? asStorable(value) : value
  })

/** Rows as the JSON text that `jsonb_to_recordset` reads. */
export const recordsOf = (rows: readonly Readonly<Record<string, unknown>>[]): string => jsonOf(rows)
