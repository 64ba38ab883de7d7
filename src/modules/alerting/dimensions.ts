import type { Measure } from '../../ingest/measure.ts'
import type { Filter, Term } from '../../platform/filter-tree.ts'

/**
 * Something that rows are told apart by in the question of a window: a label, an attribute, or whether a text fits a
 * condition.
 */
export type Dimension =
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'text'; readonly name: string; readonly term: Term }

export const dimensionId = (dimension: Dimension): string =>
  dimension.kind === 'label' ? dimension.name : JSON.stringify(dimension.term)

/** A filter over dimensions, as `matches` takes it, and the dimensions. */
export type Compiled = { readonly filter: Filter; readonly dimensions: readonly Dimension[] }

/**
 * Rows are found by their labels in memory, once for each combination of them, and by long texts in ClickHouse: such a
 * condition becomes a dimension that is `1` or `0`.
 */
export const compileFilter = (measure: Pick<Measure, 'texts'>, filter: Filter): Compiled => {
  const dimensions: Dimension[] = []
  const compile = (part: Filter): Filter => {
    if ('not' in part) return { not: compile(part.not) }
    if ('all' in part) return { all: part.all.map(compile) }
    if ('any' in part) return { any: part.any.map(compile) }
    const name = part.key ?? ''
    if (!measure.texts.has(name)) {
      dimensions.push({ kind: 'label', name })
      return part
    }
    const dimension: Dimension = { kind: 'text', name, term: part }
    dimensions.push(dimension)
    return { column: 'labels', key: dimensionId(dimension), operator: 'eq', value: '1' }
  }
  return { filter: compile(filter), dimensions }
}

/** The labels that a filter asks about. */
export const labelsOf = (filter: Filter): readonly string[] =>
  compileFilter({ texts: new Map() }, filter).dimensions.map(({ name }) => name)

/** The texts of which a label has to be one, if the filter says so for all rows that fit it. */
export const wantedOf = (filter: Filter, label: string): readonly string[] | undefined => {
  if ('column' in filter) {
    if (filter.key !== label) return undefined
    if (filter.operator === 'eq') return [String(filter.value)]
    return filter.operator === 'in' ? (filter.value as readonly unknown[]).map(String) : undefined
  }
  if (!('all' in filter)) return undefined
  for (const part of filter.all) {
    const wanted = wantedOf(part, label)
    if (wanted) return wanted
  }
  return undefined
}
