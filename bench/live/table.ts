import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import type { Measured } from './session.ts'

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const shown = (value: number): string =>
  value >= 1_000
    ? Math.round(value).toLocaleString('en')
    : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)

export type Row = {
  readonly what: string
  readonly unit: string
  readonly ours: number
  readonly baseline: number | null
  readonly baselineName: string | null
  /** Ours by the baseline of the same round. */
  readonly ratio: { readonly median: number; readonly least: number; readonly most: number } | null
  readonly note: string
  readonly rounds: readonly Measured[]
}

/** A row for each figure, over all rounds. */
export const rowsOf = (measured: readonly Measured[]): Row[] =>
  [...Map.groupBy(measured, ({ what, baseline }) => `${what} ${baseline?.name}`).values()].map((rounds) => {
    const [{ what, unit, baseline }, last] = [rounds[0]!, rounds.at(-1)!]
    const ratios = rounds.flatMap((each) => (each.baseline ? [each.ours / each.baseline.value] : []))
    return {
      what,
      unit,
      ours: middle(rounds.map(({ ours }) => ours)),
      baseline: baseline ? middle(rounds.map((each) => each.baseline!.value)) : null,
      baselineName: baseline?.name ?? null,
      ratio: baseline
        ? { median: middle(ratios), least: Math.min(...ratios), most: Math.max(...ratios) }
        : null,
      note: last.note ?? '',
      rounds,
    }
  })

export const lineOf = ({ what, unit, ours, baseline, baselineName, ratio, note }: Row): string => {
  const theirs = baseline === null ? '-' : `${baselineName} ${shown(baseline)} ${unit}`
  const by = ratio ? `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}..${ratio.most.toFixed(2)})` : '-'
  return `| ${what} | ${shown(ours)} ${unit} | ${theirs} | ${by} | ${note} |`
}
export const HEAD = '| what | ours | baseline | ratio | besides |\n|---|---|---|---|---|'

const said = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8' }).trim()

/** What the figures were measured on. */
export const machine = () => ({
  commit: said('git', 'rev-parse', '--short', 'HEAD'),
  node: process.version,
  kernel: said('uname', '-sr'),
  processor: cpus()[0]?.model ?? '',
  cores: cpus().length,
  memoryBytes: totalmem(),
  redis: said('redis-server', '--version'),
})
