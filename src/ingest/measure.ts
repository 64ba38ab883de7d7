import type { BaseItem, Dataset } from './dataset.ts'

/** What alert rules can ask of a dataset. Names are those of its fields; the values of the maps are columns. */
export type Measure = {
  /** Name of the dataset, and of the table. */
  readonly dataset: string
  /** What rows are told apart and found by. */
  readonly labels: ReadonlyMap<string, string>
  /** Long texts, which rows are found by alone. */
  readonly texts: ReadonlyMap<string, string>
  /** The column of names and texts that the producer chose: each name is a label too. */
  readonly attributes: string | undefined
  /** Numbers. */
  readonly values: ReadonlyMap<string, string>
  /** How often a row of a thing is usual, in milliseconds: in a shorter window it would come and go. */
  readonly stepMs: number
  /**
   * Its values may be running totals: `kind` says of which rows, and `series` of which thing each is. A rate of them is
   * by how much they rose.
   */
  readonly counters: { readonly series: string; readonly kind: string } | undefined
}

/** Declares what of a dataset can be measured, once: rules of all kinds follow. */
export const defineMeasure = <Item extends BaseItem>(
  dataset: Pick<Dataset<Item>, 'name' | 'columns' | 'fields' | 'toRow'>,
  declared: {
    readonly labels: readonly (keyof Item & string)[]
    readonly texts?: readonly (keyof Item & string)[]
    readonly attributes?: keyof Item & string
    readonly values?: readonly (keyof Item & string)[]
    readonly stepMs: number
    readonly counters?: Measure['counters']
  },
): Measure => {
  // Both lists begin with the event's id; the columns have the tenant before it.
  const columnOf = (name: string): string =>
    dataset.columns[dataset.fields.findIndex((field) => field.name === name) + 1]!
  const columns = (names: readonly string[] = []) =>
    new Map(names.map((name) => [name, columnOf(name)] as const))
  return {
    dataset: dataset.name,
    labels: columns(declared.labels),
    texts: columns(declared.texts),
    attributes: declared.attributes === undefined ? undefined : columnOf(declared.attributes),
    values: columns(declared.values),
    stepMs: declared.stepMs,
    counters: declared.counters,
  }
}
