import type pg from 'pg'
import type { Prisma } from '../../../generated/prisma/client.ts'

/** Runs one statement after the other in a transaction. */
export type ScopedRun = <Row extends pg.QueryResultRow>(config: pg.QueryConfig) => Promise<Row[]>
export type PrismaTransaction = Prisma.TransactionClient

/** Whichever of the two kinds a transaction is, as the first of them. */
export const scopedRun = (transaction: PrismaTransaction | ScopedRun): ScopedRun =>
  typeof transaction === 'function'
    ? transaction
    : ({ text, values = [] }) => transaction.$queryRawUnsafe(text, ...(values as unknown[]))
