import { formatTable } from '../../src/cli/output.ts'

export type FactTable = {
  /** One fact: what the README says of it (or what follows from it) and what was answered. */
  add(fact: string, expected: number | string, answered: number | string): void
  readonly differences: number
  readonly facts: number
  print(): string
}

export const createFactTable = (): FactTable => {
  const rows: { fact: string; expected: string; answered: string }[] = []
  const wrong = () => rows.filter(({ expected, answered }) => expected !== answered).length
  return {
    add: (fact, expected, answered) =>
      void rows.push({ fact, expected: String(expected), answered: String(answered) }),
    get differences() {
      return wrong()
    },
    get facts() {
      return rows.length
    },
    print: () =>
      formatTable(
        [
          'fact',
          { header: 'README says', align: 'right' },
          { header: 'GraphQL answers', align: 'right' },
          'ok',
        ],
        rows.map(({ fact, expected, answered }) => [
          fact,
          expected,
          answered,
          expected === answered ? 'yes' : 'NO',
        ]),
      ),
  }
}
