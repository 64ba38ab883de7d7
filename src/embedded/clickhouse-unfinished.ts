import { globSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Lines that are looked at in each log, the newest: inserts come one after the other, and one adds a line for each
 * partition that it has rows of, of which the engine takes 100 (max_partitions_per_insert_block).
 */
const NEWEST = 100

type Blocks = { readonly partition: string; readonly first: number; readonly last: number }

/** Of the name of a part, `<partition>_<first block>_<last block>_<level>`, which its folder has too. */
const blocksOf = (name: string): Blocks | undefined => {
  const [, partition, first, last] = /^([^_]+)_(\d+)_(\d+)_\d+(?:_\d+)?$/.exec(name) ?? []
  return partition === undefined ? undefined : { partition, first: Number(first), last: Number(last) }
}

/** Whether it stands in its table, or has become a part of a larger one. */
const isIn = (all: readonly Blocks[], { partition, first, last }: Blocks): boolean =>
  all.some((each) => each.partition === partition && each.first <= first && each.last >= last)

/** The part that a line says was added; others tell of one that was dropped. */
const addedBy = (line: string): Blocks | undefined => {
  const [what, part = ''] = line.split('\t')
  return what === '1' ? blocksOf(part) : undefined
}

const mend = (log: string): void => {
  const text = readFileSync(log, 'utf8')
  const lines = text.split('\n').slice(0, -1) // one without its end was being written
  const parts = readdirSync(dirname(dirname(log))).flatMap((folder) => blocksOf(folder) ?? [])
  const isTrue = (line: string): boolean => {
    const added = addedBy(line)
    return added === undefined || isIn(parts, added)
  }
  const kept = [...lines.slice(0, -NEWEST), ...lines.slice(-NEWEST).filter(isTrue)]
  const mended = kept.map((line) => `${line}\n`).join('')
  if (mended === text) return
  writeFileSync(`${log}.new`, mended, { mode: 0o640 })
  renameSync(`${log}.new`, log)
}

/**
 * Takes back what the engine noted of inserts that it was killed in, while no engine has the folder open. Trap: it notes
 * an insert, in the log by which it knows repeats, before it names the insert's part. Of one that is killed in between
 * the note stays without its rows, and the same rows, sent again with their token, would be left out as a repeat.
 */
export const forgetUnfinishedInserts = (path: string): void => {
  const logs = globSync('store/*/*/deduplication_logs/deduplication_log_*.txt', { cwd: path })
  for (const log of logs) mend(join(path, log))
}
