import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { timeReader } from '../../src/cli/ingest/time-format.ts'
import type { CheckDeps } from './check-streams.ts'
import { waitForCount } from './graph.ts'
import { ingestFile } from './ingest-file.ts'
import { allEvents, countEvents, seriesOf, type ProductAsk } from './product-graph.ts'
import type { ProductSource } from './product-sources.ts'
import type { FactText } from './readme-facts.ts'

const readTime = timeReader({ format: 'auto' })
/** Answered by both rollups. What a bucket holds the README doesn't say: it is counted from the file's lines. */
const steps = [
  ['PT1H', 3_600_000],
  ['PT1M', 60_000],
] as const

/**
 * Sends a file and checks what the README says of any: lines, events, first and last time. Its steps backward
 * are none of a store's facts, which answers by time and not as sent.
 */
export const importEvents = async (
  { folder, target, graph, readme, table, say }: CheckDeps,
  source: ProductSource,
): Promise<{ readonly facts: FactText; readonly ask: ProductAsk }> => {
  const { path, eventType, records, left, timeOf } = source
  const facts = readme.of(path)
  const flags = ['--set', `event_type=${eventType}`, ...source.flags]
  const sent = await ingestFile(target, 'product_events', join(folder, path), flags)
  say(`${eventType}: ${sent.rows} lines`)
  const add = (fact: string, expected: number | string, answered: number | string): void =>
    table.add(`${eventType}: ${fact}`, expected, answered)

  const [first, last] = [/; (\S+Z) \.\. /, / \.\. (\S+Z)/].map(
    (pattern) => Date.parse(facts.match(pattern)) + sent.shiftMs,
  ) as [number, number]
  const ask: ProductAsk = { eventType, fromMs: first, toMs: last + 1 }
  const count = facts.number(records)
  await waitForCount(() => countEvents(graph, ask), sent.accepted)
  add('lines', facts.number(source.lines), sent.rows)
  add('lines that are no events', facts.number(left), sent.rejected)
  add('events in first..last', count, await countEvents(graph, ask))
  add(
    'events of all times',
    count,
    await countEvents(graph, { ...ask, fromMs: first - 60_000, toMs: last + 60_000 }),
  )
  const events = await allEvents(graph, ask)
  add('events, page by page', count, events.length)
  add('last (shifted)', new Date(last).toISOString(), new Date(events[0]!.time).toISOString())
  add('first (shifted)', new Date(first).toISOString(), new Date(events.at(-1)!.time).toISOString())

  const times = (await readFile(join(folder, path), 'utf8')).split('\n').flatMap((line) => timeOf(line) ?? [])
  const moved = times.map((time) => readTime(time)! + sent.shiftMs)
  for (const [step, everyMs] of steps) {
    const buckets = Map.groupBy(moved, (time) => Math.floor(time / everyMs) * everyMs)
    const series = await seriesOf(graph, ask, step)
    const right = series.points.filter((point) => buckets.get(point.timeMs)?.length === point.count)
    add(`buckets of ${step} with their count`, buckets.size, right.length)
    add(`buckets of ${step} with events`, buckets.size, series.points.length)
    add(`events by ${step}`, count, series.count)
  }
  return { facts, ask }
}
