import { randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import { uuidv7 } from '../../src/platform/ids.ts'

type Row = Record<string, unknown>
export type Column = { name: string; type: string; udt: string; nullable: boolean; unique: boolean }

/** A column of Postgres by the name that Prisma gives it. */
export const columnOf = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Types whose rows another row has to be made for: the table of that one, and the column that names it. */
export const companions: Readonly<Record<string, { table: string; column: string }>> = {
  ClusterAccess: { table: 'tenants', column: 'subscriber_id' },
  SharedCluster: { table: 'clusters', column: 'cluster_id' },
  Member: { table: 'users', column: 'user_id' },
  TenantMembership: { table: 'tenants', column: 'tenant_id' },
}

export const columnsOf = async (owner: Client, table: string): Promise<Column[]> => {
  const { rows } = await owner.query<Column>(
    `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, t.typtype AS udt, NOT a.attnotnull AS nullable,
            EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY(i.indkey)) AS unique
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
      WHERE c.oid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''`,
    [table],
  )
  return rows
}

/**
 * Lets a table of this database take rows that no service would make: what holds between its columns is the
 * matter of other tests (walls/constraints), and a list has to be right whatever it meets.
 */
export const relax = async (owner: Client, table: string): Promise<void> => {
  const { rows } = await owner.query<{ statement: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS statement
       FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'
     UNION ALL
     SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index
      WHERE indrelid = $1::regclass AND indisunique AND (indpred IS NOT NULL
            -- A pair of other rows, of which a copy is one more: it keeps whatever names another row.
            OR (indnkeyatts > 2 AND NOT EXISTS (SELECT FROM pg_attribute
                  WHERE attrelid = indrelid AND attnum = ANY(indkey) AND (attname = 'id' OR atttypid <> 'uuid'::regtype))))`,
    [table],
  )
  for (const { statement } of rows) await owner.query(statement)
}

let made = 0
/**
 * A value for the nth clone: different where the table wants it so, equal for some neighbours and missing for
 * some where it may.
 */
const valueOf = (column: Column, old: unknown, n: number, varied: boolean): unknown => {
  const { type, unique, nullable } = column
  made += 1 // two lists may be of one table
  if (nullable && varied && n % 3 === 0) return null
  if (type === 'bytea' && unique) return `\\x${randomBytes(32).toString('hex')}`
  if (['integer', 'bigint'].includes(type))
    return unique ? Number(old) + 1_000 + made : varied ? 1 + (n % 5) : old
  if (type === 'text' && unique) return `${String(old)}-${made}`
  if (type === 'boolean' && varied) return n % 2 === 0
  // Names and values; every other row has none of its own.
  if (type === 'jsonb' && varied) return n % 2 === 0 ? old : { Of: `Ä${n % 4}` }
  if (type === 'text[]' && varied) return ['a', 'b', 'c'].slice(0, n % 4)
  if (type === 'text' && varied) return `${String(old)}-${n % 4}`
  if (type.startsWith('timestamp') && varied) return new Date(Date.UTC(2040, 0, 1 + (n % 4))).toISOString()
  return old
}

/**
 * Copies one row many times, past all walls: with ids of their own, what has to be unique made so, and in the
 * given columns values of which some are equal and some are missing. Answers the ids of the copies. So a list
 * of any type can be tried.
 */
export const cloneRow = async (
  owner: Client,
  { type, table }: { readonly type?: string; readonly table: string },
  id: string,
  varying: readonly string[],
  count: number,
): Promise<string[]> => {
  const { rows } = await owner.query<{ row: Row }>(
    `SELECT to_jsonb(t) AS row FROM ${table} t WHERE id = $1`,
    [id],
  )
  const original = rows[0]?.row
  if (!original) throw new Error(`${table} has no row to copy`)
  await relax(owner, table)
  const columns = await columnsOf(owner, table)
  const names = columns.map(({ name }) => `"${name}"`).join()
  const companion = companions[type ?? '']
  const others = companion
    ? await cloneRow(owner, companion, String(original[companion.column]), [], count)
    : []
  const ids: string[] = []
  for (let n = 0; n < count; n += 1) {
    const clone: Row = { ...original }
    for (const column of columns) {
      const { name, type, udt } = column
      if (udt === 'e' && varying.includes(name)) {
        const { rows: labels } = await owner.query<{ label: string }>(
          `SELECT unnest(enum_range(NULL::${type}))::text AS label`,
        )
        clone[name] = labels[n % labels.length]!.label
      } else if (name !== 'id' && name !== 'tenant_id' && type !== 'uuid')
        clone[name] = valueOf(column, original[name], n, varying.includes(name))
    }
    clone.id = uuidv7()
    if (companion) clone[companion.column] = others[n]
    await owner.query(
      `INSERT INTO ${table} (${names}) SELECT ${names} FROM jsonb_populate_record(NULL::${table}, $1)`,
      [JSON.stringify(clone)],
    )
    ids.push(String(clone.id))
  }
  return ids
}
