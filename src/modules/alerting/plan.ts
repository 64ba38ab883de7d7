import type { Measure } from '../../ingest/measure.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import type { TenantId } from '../../platform/ids.ts'
import { compileFilter, dimensionId, wantedOf, type Dimension } from './dimensions.ts'
import { isFinal, USUAL_DELAY_MS, type Rule } from './rule.ts'
import { sumsOf, type Sum } from './sums.ts'

/** A rule with where in the answer its sums are. */
export type Member = {
  readonly rule: Rule
  readonly filter: Filter
  readonly outOf: Filter
  /** Where in the dimensions the labels of `groupBy` are. */
  readonly groupAt: readonly number[]
  readonly sums: readonly Sum[]
  /** By how much the window ends before the tick. */
  readonly delayMs: number
  /** Whether a window that ends at the tick counts too. */
  readonly isEarly: boolean
}

/** One question to ClickHouse: of the rules of all tenants that share dataset, window and dimensions. */
export type Question = {
  readonly key: string
  readonly measure: Measure
  readonly windowMs: number
  readonly dimensions: readonly Dimension[]
  /** Whether rises of running totals are asked for. */
  readonly rises: boolean
  /** By how much its windows end before the tick, ascending. */
  readonly delays: readonly number[]
  /** Which sums of which fields; '' counts rows. */
  readonly columns: readonly { readonly field: string; readonly sum: Sum }[]
  /** The texts of which a label has to be one, for labels that all its rules bound. */
  readonly wanted: readonly { readonly label: string; readonly texts: readonly string[] }[]
  readonly members: ReadonlyMap<TenantId, readonly Member[]>
  readonly rules: readonly Rule[]
}

/** More texts than these are no help to find rows by. */
const MAX_WANTED = 1_000

const endsOf = (rule: Rule): Pick<Member, 'delayMs' | 'isEarly'> => {
  const delayMs = rule.delayMs ?? USUAL_DELAY_MS
  // Between windows that are shorter than what lies between them a burst would be over, and then begin again.
  return { delayMs, isEarly: isFinal(rule) && delayMs !== 0 && rule.windowMs >= delayMs }
}

const memberOf = (rule: Rule, measure: Measure, ids: readonly string[]): Member => ({
  rule,
  ...endsOf(rule),
  filter: compileFilter(measure, rule.filter).filter,
  outOf: compileFilter(measure, rule.outOf).filter,
  groupAt: rule.groupBy.map((label) => ids.indexOf(label)),
  sums: sumsOf(rule),
})

const dimensionsOf = (rule: Rule, measure: Measure): readonly Dimension[] => {
  const all = [
    ...compileFilter(measure, rule.filter).dimensions,
    ...compileFilter(measure, rule.outOf).dimensions,
    ...rule.groupBy.map((name): Dimension => ({ kind: 'label', name })),
  ]
  const byId = new Map(all.map((dimension) => [dimensionId(dimension), dimension]))
  return [...byId].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, dimension]) => dimension)
}

const wantedBy = (rules: readonly Rule[], dimensions: readonly Dimension[]): Question['wanted'] =>
  dimensions.flatMap(({ kind, name: label }) => {
    if (kind !== 'label') return []
    // A row counts if it fits either filter of a ratio, which lie within one another.
    const each = rules.map((rule) => wantedOf(rule.aggregate === 'RATIO' ? rule.outOf : rule.filter, label))
    if (!each.every((texts) => texts !== undefined)) return []
    const texts = [...new Set(each.flat())]
    return texts.length <= MAX_WANTED ? [{ label, texts }] : []
  })

const questionOf = (key: string, rules: readonly Rule[], measure: Measure): Question => {
  const [first] = rules
  const dimensions = dimensionsOf(first!, measure)
  const ids = dimensions.map(dimensionId)
  const members = rules.map((rule) => memberOf(rule, measure, ids))
  const columns = new Map(
    members.flatMap(({ rule, sums }) => {
      const field = rule.field ?? ''
      return sums.map((sum) => [`${field} ${sum}`, { field, sum }] as const)
    }),
  )
  const delays = members.flatMap(({ delayMs, isEarly }) => (isEarly ? [0, delayMs] : [delayMs]))
  return {
    key,
    measure,
    windowMs: first!.windowMs,
    dimensions,
    rises: [...columns.values()].some(({ sum }) => sum === 'rise'),
    delays: [...new Set(delays)].toSorted((a, b) => a - b),
    columns: [...columns.values()],
    wanted: wantedBy(rules, dimensions),
    members: Map.groupBy(members, ({ rule }) => rule.tenant),
    rules,
  }
}

/** The rules that share a question have this in common. */
const sharedKey = (rule: Rule, measure: Measure): string =>
  JSON.stringify([
    rule.dataset,
    rule.windowMs,
    rule.aggregate === 'RATE' && rule.field !== null,
    dimensionsOf(rule, measure).map(dimensionId),
  ])

/**
 * The questions of a tick. `part` tells apart rules that would share one and must not, since asking for all of them
 * failed. Rules whose dataset has no measure here are left out; `validate` refuses them when they are written.
 */
export const planOf = (
  rules: Iterable<Rule>,
  measures: ReadonlyMap<string, Measure>,
  part: (rule: Rule) => string = () => '',
): Question[] => {
  const groups = new Map<string, Rule[]>()
  for (const rule of rules) {
    const measure = measures.get(rule.dataset)
    if (!measure) continue
    const key = `${sharedKey(rule, measure)}${part(rule)}`
    const group = groups.get(key)
    if (group) group.push(rule)
    else groups.set(key, [rule])
  }
  return Array.from(groups, ([key, group]) => questionOf(key, group, measures.get(group[0]!.dataset)!))
}
