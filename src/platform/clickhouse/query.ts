import { z } from 'zod'
import type { TenantId } from '../ids.ts'
import type { Sql } from './sql.ts'

/** A question with a name, an owner, a limit and the shape of its answer. */
export type NamedQuery<Row> = {
  /** `audience.viewersNow`: how logs, `system.query_log` and metrics call it. */
  readonly name: string
  /**
   * Whose rows it reads: the statement has to say so too, by `scoped` or `p.tenant`. `operator` is for the
   * program's own questions: of its tables (migrations, health), and of the alerting, which asks for the rows of many
   * tenants at once and measures each tenant's by its own rules.
   */
  readonly tenant: TenantId | 'operator'
  readonly sql: Sql
  readonly row: z.ZodType<Row>
  readonly maxSeconds: number
  /**
   * Whether those who ask the same at about the same time may share an answer: of series and their groups, whose windows
   * are whole buckets, so that all dashboards of a tick ask the same (shared-answers.ts).
   */
  readonly shared?: boolean
}

/** Ten seconds: a person waits no longer, and a query that needs more is a missing rollup. */
export const DEFAULT_MAX_SECONDS = 10

/** Declares a query. The time limit (seconds) is sent to the server and also held by the caller's side. */
export const defineQuery = <Row>(
  query: Omit<NamedQuery<Row>, 'maxSeconds'> & { readonly maxSeconds?: number },
): NamedQuery<Row> => ({ maxSeconds: DEFAULT_MAX_SECONDS, ...query })

/** A UInt64 or Int64 column: it travels as text so that no server version may round it. */
export const whole = z
  .union([z.string(), z.number()])
  .transform(Number)
  .refine((value) => Number.isSafeInteger(value), 'a whole number below 2^53')

/** A time that the statement selected as `toUnixTimestamp64Milli(time)`. */
export const instant = whole.transform((ms) => new Date(ms))

/** The same for a sum that may pass 2^53, such as one of bytes. */
export const wide = z.union([z.string(), z.number()]).transform((value) => BigInt(value))

/** A number that may not have been measured. Decimals and whole numbers of 64 bits travel as numbers or as text. */
export const measured = z.union([z.string(), z.number()]).transform(Number).nullable()
