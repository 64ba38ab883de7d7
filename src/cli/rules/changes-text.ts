import { printable } from '../output.ts'

/** What the server answers of a rule. */
export type RuleChange = {
  readonly name: string
  readonly change: 'CREATED' | 'UPDATED' | 'DELETED' | 'UNCHANGED'
  readonly differences: readonly {
    readonly field: string
    readonly before: unknown
    readonly after: unknown
  }[]
}

const kinds = ['CREATED', 'UPDATED', 'DELETED', 'UNCHANGED'] as const
const signs = { CREATED: '+', UPDATED: '~', DELETED: '-', UNCHANGED: '=' } as const

export const countsOf = (
  changes: readonly RuleChange[],
): Record<'created' | 'updated' | 'deleted' | 'unchanged', number> => {
  const of = (kind: RuleChange['change']) => changes.filter(({ change }) => change === kind).length
  return {
    created: of('CREATED'),
    updated: of('UPDATED'),
    deleted: of('DELETED'),
    unchanged: of('UNCHANGED'),
  }
}

const shown = (value: unknown): string => {
  if (value === null || value === undefined || value === '') return 'none'
  return printable(typeof value === 'string' && !value.includes('\n') ? value : JSON.stringify(value))
}

const lineOf = ({ name, change, differences }: RuleChange): string => {
  const widest = Math.max(...differences.map(({ field }) => field.length))
  const fields = differences.map(
    ({ field, before, after }) => `\n    ${field.padEnd(widest)}  ${shown(before)} -> ${shown(after)}`,
  )
  return `${signs[change]} ${printable(name)}${fields.join('')}`
}

/** A diff for people: a line a rule that changes, with its fields, and how many are the same. */
export const changesText = (changes: readonly RuleChange[], dryRun: boolean): string => {
  const { created, updated, deleted, unchanged } = countsOf(changes)
  const lines = kinds
    .filter((kind) => kind !== 'UNCHANGED')
    .flatMap((kind) => changes.filter(({ change }) => change === kind).map(lineOf))
  if (unchanged > 0) lines.push(`${signs.UNCHANGED} ${unchanged} unchanged`)
  const total = `${created} created, ${updated} updated, ${deleted} deleted, ${unchanged} unchanged`
  const verdict =
    created + updated + deleted === 0
      ? 'Nothing to do: the rules are as in the file.'
      : dryRun
        ? `${total}, if it were applied. Nothing was changed.`
        : `${total}.`
  return [...lines, ...(lines.length > 0 ? [''] : []), verdict].join('\n')
}
