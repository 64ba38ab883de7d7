import { z } from 'zod'
import { matches, type Filter, type Operator, type Term } from '../../platform/filter-tree.ts'
import { anyText, MAX_LABEL_NAME } from '../../platform/texts.ts'

const MAX_LIST = 100
const MAX_SEARCH = 256
export const MAX_MATCHERS = 20

/**
 * What is asked of the value of a label, with the operators of `LabelFilter`: all that are given must hold, or, with
 * `not`, must not all hold. A label that is missing is an empty text.
 */
export const matcher = z.strictObject({
  name: anyText.min(1).max(MAX_LABEL_NAME),
  eq: anyText.max(1_000).nullish(),
  in: z.array(anyText.max(1_000)).max(MAX_LIST).nullish(),
  contains: anyText.max(MAX_SEARCH).nullish(),
  startsWith: anyText.max(MAX_SEARCH).nullish(),
  not: z.boolean().nullish(),
})
export type Matcher = z.infer<typeof matcher>

/** What matchers are held against: the labels of an incident and the built-in names beside them. */
export type Facts = Readonly<Record<string, string>>

export const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const
export const STATUSES = ['OPEN', 'INVESTIGATING', 'RESOLVED', 'CLOSED', 'SUPPRESSED'] as const
/** Built-in names, before labels of the same name, with all values where these are a closed set. */
const builtIn = new Map<string, readonly string[] | undefined>([
  ['severity', SEVERITIES],
  ['status', STATUSES],
  ['source', undefined],
  ['rule', undefined],
  ['title', undefined],
])
export const isBuiltIn = (name: string): boolean => builtIn.has(name)
/** All values that a built-in name can have; undefined where these are no closed set, and for a label. */
export const allValuesOf = (name: string): readonly string[] | undefined => builtIn.get(name)

export const operatorsOf = (given: Matcher): readonly (readonly [Operator, unknown])[] =>
  (['eq', 'in', 'contains', 'startsWith'] as const).flatMap((operator) =>
    given[operator] == null ? [] : [[operator, given[operator]] as const],
  )

const treeOf = (given: Matcher): Filter => {
  const all: Term[] = operatorsOf(given).map(([operator, value]) => ({
    column: 'facts',
    key: given.name,
    operator,
    value,
  }))
  return given.not === true ? { not: { all } } : { all }
}

/** Trees of the lists that there are: each is held against every incident. */
const trees = new WeakMap<readonly Matcher[], Filter>()
const treeOfAll = (matchers: readonly Matcher[]): Filter => {
  const known = trees.get(matchers)
  if (known) return known
  const made = { all: matchers.map(treeOf) }
  trees.set(matchers, made)
  return made
}

/** Whether all matchers hold; none holds for everything. A list is not changed once it was asked of. */
export const holds = (matchers: readonly Matcher[], facts: Facts): boolean =>
  matches(treeOfAll(matchers), { facts })

/** Whether a matcher can hold only where the label is there. */
export const needsLabel = (given: Matcher): boolean => !holds([given], {})
