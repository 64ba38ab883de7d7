import type pg from 'pg'
import { columnsOf, companions, relax } from '../tests/graph/clones.ts'

/** What is copied: a row of a table, and its columns that a list is ordered by. */
export type Original = {
  readonly type: string
  readonly table: string
  readonly id: string
  readonly varying: readonly string[]
}
type Column = Awaited<ReturnType<typeof columnsOf>>[number]

/** Keeps the numbers of copies above zero, so that they sort as texts too. */
const OFFSET = 1_000_000

/**
 * The value of a copy, as SQL over its number `n`: it grows with `n`, four neighbours share one where it need
 * not be unique, and every tenth has none where it may.
 */
const valueOf = ({ name, type, nullable, unique }: Column, varied: boolean): string => {
  const old = `o."${name}"`
  const step = `(n + ${OFFSET})`
  if (!unique && !varied) return old
  const group = unique ? step : `(${step} / 4)`
  const value =
    type === 'bytea'
      ? `sha256(convert_to('${name}' || ${step}, 'UTF8'))`
      : type === 'text'
        ? `coalesce(${old}, '') || '-' || lpad(${group}::text, 9, '0')`
        : ['integer', 'bigint'].includes(type)
          ? `(coalesce(${old}, 0) + ${group})`
          : type.startsWith('timestamp')
            ? `timestamptz '2030-01-01Z' + ${group} * interval '1 second'`
            : old
  return nullable && varied ? `CASE WHEN n % 10 = 0 THEN NULL ELSE ${value} END` : value
}

const names = (all: readonly Column[]): string => all.map(({ name }) => `"${name}"`).join(', ')

/** The id that the companion of a copy has: of a member, the account. */
const companionId = (type: string): string => `md5('${type}' || n)::uuid`

/**
 * Makes ready to copy a row by the hundred thousand, past all walls. `insert` makes the copies `from` to `to`
 * (below `from` 0 they come first in each order, above the others last) and notes their ids in `bench_copies`.
 */
export const createCopies = async (owner: pg.Client, { type, table, id, varying }: Original) => {
  await relax(owner, table)
  const companion = companions[type]
  const companionRow = companion && {
    ...companion,
    columns: await columnsOf(owner, companion.table),
  }
  const columns = await columnsOf(owner, table)
  const selectOf = (all: readonly Column[], ids: string, own: string | undefined): string =>
    all
      .map((column) =>
        column.name === 'id'
          ? ids
          : column.name === own
            ? companionId(type)
            : column.type === 'uuid' || column.name === 'tenant_id'
              ? `o."${column.name}"`
              : valueOf(column, varying.includes(column.name)),
      )
      .join(', ')
  const copy = (from: string, all: readonly Column[], ids: string, own?: string): string =>
    `INSERT INTO ${from} (${names(all)})
       SELECT ${selectOf(all, ids, own)} FROM ${from} o, generate_series($2::int, $3::int) n
        WHERE o.id = $1`
  return {
    async insert(from: number, to: number): Promise<void> {
      if (companionRow) {
        const { rows } = await owner.query<{ id: string }>(
          `SELECT ${companionRow.column} AS id FROM ${table} WHERE id = $1`,
          [id],
        )
        const { table: other, columns: all } = companionRow
        await owner.query(copy(other, all, companionId(type)), [rows[0]!.id, from, to])
      }
      await owner.query(
        `WITH made AS (${copy(table, columns, 'gen_random_uuid()', companionRow?.column)} RETURNING id)
         INSERT INTO bench_copies SELECT $4, id FROM made`,
        [id, from, to, type],
      )
    },
  }
}
