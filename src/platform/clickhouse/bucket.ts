import type { Buckets } from '../buckets.ts'
import { p, sql, type Sql } from './sql.ts'

const seconds = (ms: number): number => ms / 1000

/**
 * Start of the bucket that a time lies in, both in seconds since the Unix epoch. The statement has to keep to
 * the range of the buckets.
 */
export const bucketOf = ({ starts, stepMs, even }: Buckets, time: Sql): Sql => {
  if (!even) return sql`roundDown(${time}, ${p.uInt32s(starts.map(seconds))})`
  const step = p.uInt32(seconds(stepMs))
  const offset = p.uInt32(seconds((starts[0] ?? 0) % stepMs))
  return sql`intDiv(${time} - ${offset}, ${step}) * ${step} + ${offset}`
}
