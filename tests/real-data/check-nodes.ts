import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckDeps } from './check-streams.ts'
import { waitForCount, type Graph } from './graph.ts'
import { ingestFile, type IngestSummary } from './ingest-file.ts'
import { bitsASecond, nodeSeries, rewriteSeries, rewriteStatus, type NodeSeries } from './node-sources.ts'

const MINUTE = 60_000
const DAY = 86_400_000

type Measure = 'cpuPercent' | 'maxCpuPercent' | 'bandwidthInBps' | 'maxBandwidthInBps' | 'connections'
type Numbers = Record<Measure | 'maxConnections' | 'healthScore' | 'minHealthScore', number | null> & {
  samples: string
}
type Load = Numbers & { points: (Numbers & { time: string })[] }

const numbers =
  'samples cpuPercent maxCpuPercent bandwidthInBps maxBandwidthInBps connections maxConnections healthScore minHealthScore'
const askLoad = async (
  graph: Graph,
  nodeName: string,
  { fromMs, toMs, step }: { fromMs: number; toMs: number; step: string },
): Promise<Load> => {
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString())
  const { analytics } = await graph.query<{ analytics: { nodeLoad: Load } }>(
    `query ($node: String, $from: DateTime, $to: DateTime, $step: Duration) { analytics {
      nodeLoad(nodeName: $node, range: { from: $from, to: $to }, step: $step) { ${numbers} points { time ${numbers} } }
    } }`,
    { node: nodeName, from, to, step },
  )
  return analytics.nodeLoad
}

const timeOf = (text: string): number => Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`)
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000

/** The connections of a machine, as its samples were sent. */
export type StatusSamples = {
  readonly node: string
  readonly samples: readonly { readonly timeMs: number; readonly value: number }[]
}

/** Imports metrics of machines as samples of nodes, and asks for their load. */
export const checkNodes = async (deps: CheckDeps): Promise<StatusSamples> => {
  for (const series of nodeSeries) await checkSeries(deps, series)
  return checkStatus(deps)
}

const imported = async (
  { target, table, say }: CheckDeps,
  name: string,
  lines: readonly string[],
): Promise<IngestSummary> => {
  say(`${name}: ${lines.length} samples`)
  const sent = await ingestFile(target, 'node_samples', '-', ['--time-format', 'unix-ms'], lines.join('\n'))
  table.add(`${name}: rejected`, 0, sent.rejected)
  return sent
}

const checkSeries = async (deps: CheckDeps, series: NodeSeries): Promise<void> => {
  const { graph, table, folder } = deps
  const { file, measure } = series
  const facts = deps.readme.of(`nab/${file}.csv`)
  const { lines } = rewriteSeries(series, await readFile(join(folder, 'nab', `${file}.csv`), 'utf8'))
  const { shiftMs } = await imported(deps, file, lines)
  const add = (fact: string, expected: number | string, answered: number | string): void =>
    table.add(`${file}: ${fact}`, expected, answered)

  const times = facts.match(/rows; (\S+ \S+ \.\. \S+ \S+) \(no zone/).split(' .. ')
  const [first = 0, last = 0] = times.map((text) => timeOf(text) + shiftMs)
  const rows = facts.number('# rows')
  const within = { fromMs: first, toMs: last + 1 }
  const whole = () => askLoad(graph, file, { ...within, step: 'PT1H' })
  await waitForCount(async () => Number((await whole()).samples), rows)
  const byHour = await whole()
  // Two weeks in steps of five minutes are more points than one series has.
  const halves = [
    { fromMs: first, toMs: first + 7 * DAY },
    { fromMs: first + 7 * DAY, toMs: last + 1 },
  ]
  const answers: Load[] = []
  for (const half of halves) answers.push(await askLoad(graph, file, { ...half, step: 'PT5M' }))
  const [mean, most] =
    measure === 'cpu'
      ? (['cpuPercent', 'maxCpuPercent'] as const)
      : (['bandwidthInBps', 'maxBandwidthInBps'] as const)
  // The last bucket of the first half is the first of the second where they don't end with one.
  const points = new Map(
    answers.flatMap((answer) => answer.points.map((point) => [point.time, point] as const)),
  )
  const measured = [...points.values()].filter(({ samples }) => Number(samples) > 0)
  const value = (text: string): number =>
    measure === 'cpu' ? Math.round(Number(text) * 1_000) / 1_000 : bitsASecond(Number(text))
  const [, highest = '', at = ''] = /max (\S+) \(first at (\S+ \S+)\)/.exec(facts.text) ?? []
  const sum = Number(facts.match(/sum ([\d.]+)/))

  add('samples, by PT1H', rows, Number(byHour.samples))
  add('first sample in its bucket (shifted)', bucketOf(first), measured[0]?.time ?? 'none')
  add('last sample in its bucket (shifted)', bucketOf(last), measured.at(-1)?.time ?? 'none')
  add(
    'lowest',
    value(facts.match(/min ([\d.]+)/)),
    Math.min(...measured.map((point) => point[mean] ?? Infinity)),
  )
  add('highest, by PT1H', value(highest), byHour[most] ?? 'none')
  const top = measured.find((point) => point[most] === value(highest))
  add('first time of the highest (shifted)', bucketOf(timeOf(at) + shiftMs), top?.time ?? 'none')
  // Samples are kept in whole thousandths of a percent and in whole bits: a mean is half of one off at most.
  const expected = measure === 'cpu' ? sum / rows : (sum * 8) / 300 / rows
  const answered = byHour[mean] ?? Infinity
  const half = measure === 'cpu' ? 0.0005 : 0.5
  add('mean', rounded(expected), rounded(Math.abs(answered - expected) <= half ? expected : answered))
  let inWindows = 0
  for (const [from = '', to = ''] of await windowsOf(folder, file)) {
    const window = { fromMs: timeOf(from) + shiftMs, toMs: timeOf(to) + shiftMs + 1, step: 'PT1M' }
    inWindows += Number((await askLoad(graph, file, window)).samples)
  }
  add('samples in anomaly windows', facts.number('rows inside windows (ends included) #'), inWindows)
}

const bucketOf = (ms: number): string => new Date(Math.floor(ms / (5 * MINUTE)) * 5 * MINUTE).toISOString()

const second = (ms: number): string => new Date(Math.floor(ms / 1_000) * 1_000).toISOString()

const windowsOf = async (folder: string, file: string): Promise<string[][]> => {
  const all = JSON.parse(await readFile(join(folder, 'nab', 'combined_windows.json'), 'utf8')) as Record<
    string,
    string[][]
  >
  return Object.entries(all).find(([path]) => path.endsWith(`/${file}.csv`))?.[1] ?? []
}

const checkStatus = async (deps: CheckDeps): Promise<StatusSamples> => {
  const { graph, table, folder } = deps
  const name = 'nginxplus_status_part1'
  const path = join(folder, 'elastic', `${name}.jsonl`)
  const facts = deps.readme.of(`elastic/${name}.jsonl`)
  const { lines } = rewriteStatus(name, await readFile(path, 'utf8'))
  const { shiftMs } = await imported(deps, name, lines)
  const times = facts.match(/JSON lines; (\S+ \.\. \S+);/).split(' .. ')
  const [first = 0, last = 0] = times.map((text) => Date.parse(text) + shiftMs)
  const rows = facts.number('# JSON lines')
  const ask = () => askLoad(graph, name, { fromMs: first, toMs: last + 1, step: 'PT1S' })
  await waitForCount(async () => Number((await ask()).samples), rows)
  const load = await ask()
  const measured = load.points.filter(({ samples }) => Number(samples) > 0)
  const add = (fact: string, expected: number | string, answered: number | string): void =>
    table.add(`${name}: ${fact}`, expected, answered)
  add('samples', rows, Number(load.samples))
  add('first sample in its second (shifted)', second(first), measured[0]?.time ?? 'none')
  add('last sample in its second (shifted)', second(last), measured.at(-1)?.time ?? 'none')
  add('most connections', facts.number('connections.active max #'), load.maxConnections ?? 'none')
  const [up, down] = [facts.number(', up #'), facts.number('unhealthy #')]
  add('servers that are up, %', Math.round((100 * up) / (up + down)), load.healthScore ?? 'none')
  add('the fewest that were, %', Math.round((100 * up) / (up + down)), load.minHealthScore ?? 'none')
  const samples = lines.map((line) => JSON.parse(line) as { time: number; connections_current: number })
  return {
    node: name,
    samples: samples.map((sample) => ({
      timeMs: sample.time + shiftMs,
      value: sample.connections_current,
    })),
  }
}
