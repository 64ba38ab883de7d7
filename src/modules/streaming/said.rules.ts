import { isPast, type Step } from './lifecycle.rules.ts'

/** A step with its status. Of two ends of one moment the good one holds. */
export type Told = Step & { readonly status: string; readonly good: boolean }
/** What facts said of one field, such as the size of a file; `at` is when, or since when it is unknown. */
export type Said<T> = { readonly value: T | null; readonly at: Date | null }

/** A row of before these times were kept had its fields from the fact that brought its status. */
export const saidBefore = <T>(
  value: T | null | undefined,
  at: Date | null | undefined,
  told: Told,
): Said<T> => (value == null ? { value: null, at: at ?? null } : { value, at: at ?? told.at })

const isSince = ({ at, good }: Told, known: Date | null): boolean =>
  !known || at > known || (good && at.getTime() === known.getTime())

/**
 * What a fact makes of a field of something that is at a step; the same object where it makes nothing of it. A
 * fact that says nothing takes nothing away. The newest that says something counts, of those of the status
 * that holds and since the last that told another end: as with the status, whatever order they come in.
 */
export const saidAfter = <T extends bigint | string>(
  known: Said<T>,
  {
    from,
    fact,
    value = null,
  }: { readonly from: Told; readonly fact: Told; readonly value?: T | null | undefined },
): Said<T> => {
  const first = { value, at: value === null ? null : fact.at }
  if (fact.stage > from.stage) return first
  if (fact.stage < from.stage) return known
  if (fact.status !== from.status) {
    if (!isPast(from, fact)) return isSince(fact, known.at) ? { value: null, at: fact.at } : known
    return value === null ? { value, at: from.at } : first
  }
  if (value === null) return known
  if (known.value === null || known.at === null) return isSince(fact, known.at) ? first : known
  const laterMs = fact.at.getTime() - known.at.getTime()
  return laterMs > 0 || (laterMs === 0 && value > known.value) ? first : known
}

/** Whether readers see a step: one that only keeps since when a field is unknown shows nothing. */
export const isSeen =
  <Row>(...fields: readonly (keyof Row)[]) =>
  ({ before, row }: { readonly before: Row; readonly row: Row }): boolean =>
    fields.some((field) => before[field] !== row[field])
