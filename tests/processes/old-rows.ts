import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { uuidv7 } from '../../src/platform/ids.ts'

type Column = {
  readonly name: string
  readonly type: string
  readonly needed: boolean
  readonly labels: string[] | null
  readonly sequence: boolean
}
type Reference = { readonly parent: string; readonly columns: string[]; readonly keys: string[] }
type Table = { readonly name: string; readonly columns: Column[]; readonly references: Reference[] }

const CATALOG = `
  SELECT c.relname AS name,
    (SELECT json_agg(json_build_object(
       'name', a.attname, 'type', format_type(a.atttypid, NULL), 'needed', a.attnotnull AND NOT a.atthasdef,
       'labels', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = a.atttypid),
       'sequence', a.atthasdef AND pg_get_serial_sequence(c.relname, a.attname) IS NOT NULL) ORDER BY a.attnum)
       FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT coalesce(json_agg(json_build_object(
       'parent', f.confrelid::regclass::text,
       'columns', (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(f.conkey) WITH ORDINALITY k(num, n)
                     JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.num),
       'keys', (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(f.confkey) WITH ORDINALITY k(num, n)
                  JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.num))), '[]')
       FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f') AS "references"
    FROM pg_class c
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations' ORDER BY 1`

/** The tables of a database, each after those that it refers to. */
const tablesOf = async (client: Client): Promise<Table[]> => {
  const { rows } = await client.query<Table>(CATALOG)
  const sorted: Table[] = []
  const left = new Map(rows.map((table) => [table.name, table]))
  while (left.size > 0) {
    const free = [...left.values()].filter(({ references }) =>
      references.every(({ parent }) => !left.has(parent)),
    )
    if (free.length === 0) throw new Error(`These refer to one another: ${[...left.keys()].join(', ')}`)
    for (const table of free) left.delete(table.name)
    sorted.push(...free)
  }
  return sorted
}

export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * How much of a row is written: `ended` has a value in every column, `lean` only what must be there, `living`
 * has not ended.
 */
export const kinds = ['ended', 'lean', 'living'] as const
export type Kind = (typeof kinds)[number]
const ends = new Set([
  'deleted_at',
  'revoked_at',
  'revoked_by',
  'expires_at',
  'accepted_at',
  'set_aside_at',
  'used_at',
])

const valueOf = ({ name, type, labels }: Column, table: string, kind: Kind): unknown => {
  const nth = kinds.indexOf(kind)
  if (labels) return labels[nth % labels.length]
  switch (type) {
    case 'uuid':
      return uuidv7()
    case 'text':
      return `${kind} ${table} ${name}`
    case 'text[]':
      return [kind, name]
    case 'integer':
    case 'bigint':
      return nth + 1
    case 'numeric':
      return `-12.50000000${nth}`
    case 'double precision':
      return 1.25 + nth
    case 'boolean':
      return kind !== 'lean'
    case 'jsonb':
      return JSON.stringify({ [name]: [kind, 1.5, null] })
    case 'bytea':
      return sha256(`${kind} ${table} ${name}`)
    case 'timestamp with time zone':
      return new Date(Date.UTC(2026, 10, 20, 10, nth, 0, 123))
  }
  throw new Error(`${table}.${name} is of the new type ${type}: say what to write into it.`)
}

/**
 * Writes three rows into every table that there is, of three tenants and accounts that stay apart; a table
 * that is new in a version is filled like the others. `special` gives what a row must have so that the
 * program of the time could have written it, by "table.column", which a lean row gets too, or by "column".
 */
export const fillTables = async (
  client: Client,
  special: (place: string, kind: Kind) => { value: unknown } | undefined,
): Promise<Record<Kind, Record<string, Record<string, unknown>>>> => {
  const written = { ended: {}, lean: {}, living: {} } as Record<Kind, Record<string, Record<string, unknown>>>
  for (const { name: table, columns, references } of await tablesOf(client))
    for (const kind of kinds) {
      const row: Record<string, unknown> = {}
      for (const column of columns) {
        if (column.sequence) continue
        const named = special(`${table}.${column.name}`, kind)
        if (!named && kind === 'lean' && !column.needed) continue
        if (!named && kind === 'living' && ends.has(column.name) && !column.needed) continue
        const chosen = named ?? special(column.name, kind)
        row[column.name] = chosen ? chosen.value : valueOf(column, table, kind)
      }
      for (const { parent, columns: own, keys } of references)
        for (const [index, column] of own.entries())
          if (row[column] != null) row[column] = written[kind][parent]![keys[index]!]
      const names = Object.keys(row)
      await client.query(
        `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
        Object.values(row),
      )
      written[kind][table] = row
    }
  return written
}
