import { parseJson } from '../json.ts'
import { joinSql, p, sql, type Sql } from './sql.ts'

// Trap: ClickHouse reads no JSON with a whole number beyond 64 bits in it, and then finds nothing of the rest
// either; without simdjson it rounds such numbers, so that ids become one. They are marked and quoted where they
// are read, not where they are stored: rows of before are answered too, and lists go on showing what is stored.
const LONG = String.raw`([:,\[])(-?[0-9]{19,})`
/** A whole text in quotes, or what is between two of them: only there is a number one. */
const PIECES = String.raw`"(?:[^"\\]|\\.)*"|[^"]+`
/** Begins the digits; a producer has no such text by chance. */
const MARK = '6d0f5c1e-41b7-4a5c-9f0e-2f8f6b7d3a90:'
const marked = new RegExp(`"${MARK}(-?[0-9]+)"`, 'g')

/**
 * The value that `path` leads to in a column of documents, one name a level, as the JSON that `readRawJson`
 * reads; empty where there is none.
 */
export const rawJson = (document: Sql, path: readonly string[]): Sql => {
  const readable = sql`arrayStringConcat(arrayMap(
    piece -> if(startsWith(piece, '"'), piece,
                replaceRegexpAll(piece, ${p.text(LONG)}, ${p.text(String.raw`\1"${MARK}\2"`)})),
    extractAll(${document}, ${p.text(PIECES)})))`
  const names = joinSql(
    path.map((name) => sql`${p.text(name)}`),
    ', ',
  )
  return sql`JSONExtractRaw(if(match(${document}, ${p.text(LONG)}), ${readable}, ${document}), ${names})`
}

/** A value with the digits of its whole numbers; undefined where there is none. */
export const readRawJson = (raw: string): unknown => parseJson(raw.replaceAll(marked, '$1'))?.value
