import { z } from 'zod'
import { condition, parseFilter } from '../../graphql/filter-terms.ts'
import type { Filter } from '../../platform/filter-tree.ts'
import { anyText, MAX_LABEL_NAME } from '../../platform/texts.ts'

const MAX_LIST = 100
const MAX_SEARCH = 256

/** Conditions on the value of a name, as `LabelFilter` has them. */
const label = z
  .strictObject({
    name: anyText.min(1).max(MAX_LABEL_NAME),
    eq: anyText.nullish(),
    in: z.array(anyText).max(MAX_LIST).nullish(),
    contains: anyText.max(MAX_SEARCH).nullish(),
    startsWith: anyText.max(MAX_SEARCH).nullish(),
  })
  .refine(
    ({ name: _name, ...operators }) => Object.values(operators).some((value) => value != null),
    'a condition is needed: eq, in, contains or startsWith',
  )

export type RuleFilter = {
  readonly label?: z.input<typeof label> | null | undefined
  readonly and?: readonly RuleFilter[] | null | undefined
  readonly or?: readonly RuleFilter[] | null | undefined
  readonly not?: RuleFilter | null | undefined
}

/** A filter as it is sent and stored: the form of every filter of the API. */
export const ruleFilter: z.ZodType<RuleFilter> = z.strictObject({
  label: label.nullish(),
  get and() {
    return z.array(ruleFilter).nullish()
  },
  get or() {
    return z.array(ruleFilter).nullish()
  },
  get not() {
    return ruleFilter.nullish()
  },
})

const conditions = { label: condition(undefined, '', { suffix: 's', keyed: true }) }

/** As a tree of terms. Throws LIMIT_EXCEEDED when it is too large or nests too deeply. */
export const parseRuleFilter = (filter: unknown): Filter =>
  parseFilter(conditions, filter as object | null | undefined)
