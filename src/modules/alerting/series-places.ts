import { matches } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import { asStorable } from '../../platform/texts.ts'
import { dimensionId } from './dimensions.ts'
import type { Member, Question } from './plan.ts'
import type { Sum } from './sums.ts'
import type { Series } from './watched-series.ts'

/** Where the rows of a combination of labels go. */
export type Target = {
  readonly member: Member
  readonly columns: readonly { readonly sum: Sum; readonly index: number }[]
  readonly counts: 'both' | 'whole'
  readonly group: readonly string[]
  series: Series | undefined
}

/** Combinations that come no more are forgotten when there are so many, and so many times more than in a tick. */
export const MIN_STALE = 1_000
export const MAX_STALE = 4

/** A RATIO counts the rows that fit both filters, out of those of `outOf`. */
const countsOf = ({ rule, filter, outOf }: Member, labels: Readonly<Record<string, string>>) => {
  if (rule.aggregate !== 'RATIO') return matches(filter, { labels }) ? 'both' : undefined
  if (!matches(outOf, { labels })) return undefined
  return matches(filter, { labels }) ? 'both' : 'whole'
}

/**
 * Which series the rows of each combination of labels go to. That is found once, when a combination is first seen: a tick at
 * which none is new only adds numbers up.
 */
export const placesFor = (question: Question) => {
  const ids = question.dimensions.map(dimensionId)
  const at = new Map(question.columns.map(({ field, sum }, index) => [`${field} ${sum}`, index]))
  let placed = new WeakMap<readonly string[], readonly (readonly Target[])[]>()
  const targets = new Map<TenantId, Map<string, readonly Target[]>>()
  const columnsOf = new Map(
    [...question.members.values()]
      .flat()
      .map((member) => [
        member,
        member.sums.map((sum) => ({ sum, index: at.get(`${member.rule.field ?? ''} ${sum}`)! })),
      ]),
  )

  const targetsOf = (members: readonly Member[], combination: string): readonly Target[] => {
    // As they are stored: what Postgres keeps in no text would make another series of them after a restart.
    const values = (JSON.parse(combination) as readonly string[]).map(asStorable)
    const labels = Object.fromEntries(ids.map((id, index) => [id, values[index]!]))
    return members.flatMap((member) => {
      const counts = countsOf(member, labels)
      if (!counts) return []
      const group = member.groupAt.map((index) => values[index]!)
      return [{ member, columns: columnsOf.get(member)!, counts, group, series: undefined }]
    })
  }

  /** What each row of a list of combinations goes to: found once for each list, and for each combination in many. */
  const of = (tenant: TenantId, members: readonly Member[], keys: readonly string[]) => {
    const known = placed.get(keys)
    if (known) return known
    let own = targets.get(tenant)
    if (!own || own.size > MIN_STALE + MAX_STALE * keys.length) targets.set(tenant, (own = new Map()))
    const places = keys.map((combination) => {
      let found = own.get(combination)
      if (!found) own.set(combination, (found = targetsOf(members, combination)))
      return found
    })
    placed.set(keys, places)
    return places
  }

  /** Leads to no series any more, of a tenant or of all. */
  const forget = (tenant?: TenantId): void => {
    if (tenant === undefined) targets.clear()
    else targets.delete(tenant)
    placed = new WeakMap()
  }

  return { of, forget }
}
