/** One step that a fact made a row take. */
export type Taken<Row, Fact> = { readonly before: Row; readonly row: Row; readonly fact: Fact }

/**
 * What facts make of rows, taken in the order of their times; `after` answers null for a fact that changes
 * nothing. Rows that took no step are left out.
 */
export const follow = <Row, Fact extends { readonly at: Date }>(
  rows: readonly Row[],
  factsOf: (row: Row) => readonly Fact[],
  after: (row: Row, fact: Fact) => Partial<Row> | null,
) => {
  const steps: Taken<Row, Fact>[] = []
  const moved: Row[] = []
  for (const first of rows) {
    let before = first
    for (const fact of factsOf(first).toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
      const change = after(before, fact)
      if (!change) continue
      const row = { ...before, ...change }
      steps.push({ before, row, fact })
      before = row
    }
    if (before !== first) moved.push(before)
  }
  return { moved, steps }
}
