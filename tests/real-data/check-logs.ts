import { join } from 'node:path'
import { timeReader } from '../../src/cli/ingest/time-format.ts'
import type { CheckDeps } from './check-streams.ts'
import { allLogs, countLogs, waitForCount, type LogAsk, type LogLine } from './graph.ts'
import { ingestFile, type IngestSummary } from './ingest-file.ts'
import type { FactText } from './readme-facts.ts'
import { logSources, type LogSource } from './sources.ts'

/** How the ingest reads the files' own words for levels. */
const levelOf: Record<string, string> = { notice: 'INFO', error: 'ERROR', WARNING: 'WARN' }

/** An imported log, and what asks for all of it. */
export type CheckedLog = { readonly source: LogSource; readonly severe: number; readonly ask: LogAsk }

/** Imports the logs, each as a service of its own, and asks for counts by level, by text and by attribute. */
export const checkLogs = async (deps: CheckDeps): Promise<readonly CheckedLog[]> => {
  const counted: CheckedLog[] = []
  for (const source of logSources) counted.push(await checkLog(deps, source))
  // "Apache 595 + Hadoop 152 = 747; OpenStack 0": error, ERROR and FATAL over the loghub files.
  const severe = counted
    .filter(({ source }) => source.path.startsWith('loghub/'))
    .reduce((sum, each) => sum + each.severe, 0)
  deps.table.add('loghub: severe lines', deps.readme.totals('loghub severe lines').number('= #'), severe)
  return counted
}

const send = async ({ folder, target }: CheckDeps, source: LogSource): Promise<IngestSummary> => {
  const file = join(folder, source.path)
  const flags = ['--set', `service=${source.service}`, ...source.flags]
  return ingestFile(target, 'log_events', file, flags)
}

const checkLog = async (deps: CheckDeps, source: LogSource): Promise<CheckedLog> => {
  const { graph, table } = deps
  const { service } = source
  const facts = deps.readme.of(source.path)
  const sent = await send(deps, source)
  deps.say(`${service}: ${sent.rows} lines`)
  const { firstMs, lastMs } = readmeSpan(facts, source)
  const ask: LogAsk = {
    service,
    fromMs: firstMs + sent.shiftMs - 60_000,
    toMs: lastMs + sent.shiftMs + 60_000,
  }
  await waitForCount(() => countLogs(graph, ask), sent.accepted)
  const lines = await allLogs(graph, ask)
  const records = Number(facts.match(/(?:^|, )(\d+) (?:rows|log records|lines, not)/))
  table.add(`${service}: rejected`, 0, sent.rejected)
  table.add(`${service}: records`, records, await countLogs(graph, ask))
  table.add(`${service}: records, page by page`, records, lines.length)

  // The first and last times of the README, moved as the rows were: nothing lies outside, and something on
  // either end.
  const span = { fromMs: firstMs + sent.shiftMs, toMs: lastMs + sent.shiftMs }
  table.add(
    `${service}: records in first..last`,
    records,
    await countLogs(graph, { ...ask, ...span, toMs: span.toMs + 1 }),
  )
  const times = lines.map(({ time }) => Date.parse(time))
  table.add(`${service}: first (shifted)`, iso(span.fromMs), iso(Math.min(...times)))
  table.add(`${service}: last (shifted)`, iso(span.toMs), iso(Math.max(...times)))

  for (const [level, count] of Object.entries(levelsOf(facts))) {
    table.add(`${service}: ${level}`, count, await countLogs(graph, { ...ask, level: [level] }))
  }
  await checkTexts(deps, source, facts, ask)
  checkAttributes(deps, source, facts, lines)
  return { source, ask, severe: await countLogs(graph, { ...ask, level: ['ERROR', 'FATAL'] }) }
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** "first A .. last B", or "; A .. B". */
const readmeSpan = (
  facts: FactText,
  { readmeTime, path }: LogSource,
): { firstMs: number; lastMs: number } => {
  const read = timeReader(readmeTime ?? { format: 'iso' })
  const first = read(facts.match(/; (?:first )?([^;]+?) \.\. /))
  const last = read(facts.match(/ \.\. (?:last )?([^;(]+?)(?: \(|;)/))
  if (first === undefined || last === undefined)
    throw new Error(`The README's times of ${path} can't be read: ${facts.text}`)
  return { firstMs: first, lastMs: last }
}

/**
 * The levels that the README counts, in the words of the graph; for the access log they follow from the
 * status.
 */
const levelsOf = (facts: FactText): Record<string, number> => {
  const levels: Record<string, number> = {}
  const add = (level: string, count: number): void => void (levels[level] = (levels[level] ?? 0) + count)
  if (facts.text.includes('levels:')) {
    for (const [word, count] of Object.entries(facts.counts('levels:'))) add(levelOf[word] ?? word, count)
  } else if (facts.text.includes('status ')) {
    for (const [status, count] of Object.entries(facts.counts('status'))) {
      add(status >= '500' ? 'ERROR' : status >= '400' ? 'WARN' : 'INFO', count)
    }
  }
  return levels
}

/** "content with 'Failed password' 520, with 'authentication failure' 507", by `contains`. */
const checkTexts = async (
  { graph, table }: CheckDeps,
  source: LogSource,
  facts: FactText,
  ask: LogAsk,
): Promise<void> => {
  for (const [, words, count] of facts.text.matchAll(/with '([^']+)' (\d+)/g)) {
    const answered = await countLogs(graph, { ...ask, contains: words! })
    table.add(`${source.service}: contains '${words}'`, Number(count), answered)
  }
}

const checkAttributes = (
  { table }: CheckDeps,
  source: LogSource,
  facts: FactText,
  lines: readonly LogLine[],
): void => {
  const { service } = source
  const count = (name: string): Map<string, number> => {
    const counts = new Map<string, number>()
    for (const { attributes } of lines) {
      const value = attributes[name] ?? 'none'
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    return counts
  }
  if (facts.text.includes('distinct EventId')) {
    const [name, times] = facts.match(/most frequent (\S+ \(\d+\))/).split(' (')
    const ids = count('event_id')
    table.add(`${service}: distinct EventId`, facts.number('distinct EventId #'), ids.size)
    table.add(`${service}: EventId ${name}`, Number.parseInt(times!, 10), ids.get(name!) ?? 0)
  }
  for (const [label, name] of [
    ['status', 'status'],
    ['methods', 'method'],
  ] as const) {
    if (!source.flags.includes('access')) continue
    const counts = count(name)
    for (const [value, expected] of Object.entries(facts.counts(label))) {
      table.add(`${service}: ${name} ${value}`, expected, counts.get(value) ?? 0)
    }
  }
  if (facts.text.includes('continuation lines')) {
    const inside = lines.reduce((sum, { message }) => sum + message.split('\n').length - 1, 0)
    table.add(`${service}: continuation lines`, facts.number('# continuation lines'), inside)
  }
}
