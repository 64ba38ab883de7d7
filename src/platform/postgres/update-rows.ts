import { Prisma } from '../../../generated/prisma/client.ts'
import type { TenantId } from '../ids.ts'
import type { PrismaTransaction } from './postgres.ts'
import { recordsOf } from './records.ts'

/** A property of a row, its column, and the type of that in SQL. */
export type Columns<Row> = readonly (readonly [keyof Row & string, column: string, type: string])[]

/**
 * Writes what many rows of a tenant became, by one statement. Names and types are those of the program, never
 * of a client.
 */
export const updateRows = async <Row extends { readonly id: string }>(
  tx: PrismaTransaction,
  tenant: TenantId,
  table: string,
  columns: Columns<Row>,
  rows: readonly Row[],
): Promise<void> => {
  if (rows.length === 0) return
  const json = recordsOf(
    rows.map((row) => ({
      id: row.id,
      ...Object.fromEntries(columns.map(([property, column]) => [column, row[property]])),
    })),
  )
  const set = columns.map(([, column]) => `${column} = became.${column}`).join(', ')
  const shape = columns.map(([, column, type]) => `${column} ${type}`).join(', ')
  await tx.$executeRaw`
    UPDATE ${Prisma.raw(table)} AS kept SET ${Prisma.raw(set)}, updated_at = now()
    FROM jsonb_to_recordset(${json}::jsonb) AS became(id uuid, ${Prisma.raw(shape)})
    WHERE kept.tenant_id = ${tenant}::uuid AND kept.id = became.id`
}
