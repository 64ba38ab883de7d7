import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FactTable } from './fact-table.ts'
import { askViewers, ensureStream, waitForCount, type Graph, type ViewerFacts } from './graph.ts'
import { ingestFile } from './ingest-file.ts'
import type { ReadmeFacts } from './readme-facts.ts'
import { recordingName, rewriteRecording } from './rewrite.ts'

export type CheckDeps = {
  readonly folder: string
  readonly target: { url: string; apiKey: string; dataDir: string }
  readonly graph: Graph
  readonly readme: ReadmeFacts
  readonly table: FactTable
  readonly say: (text: string) => void
}

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0)

/** Imports the recorded live streams as viewer samples and asks for each stream's series. */
export const checkStreams = async (deps: CheckDeps): Promise<void> => {
  const names = (await readdir(join(deps.folder, 'youtube-live')))
    .filter((name) => name.endsWith('.json'))
    .toSorted()
  const answers: (ViewerFacts & { sum: number })[] = []
  for (const [index, name] of names.entries()) answers.push(await checkStream(deps, name, index === 0))

  const totals = deps.readme.totals('youtube-live')
  const { table } = deps
  table.add('youtube-live: streams', totals.number('# streams'), answers.length)
  table.add(
    'youtube-live: samples',
    totals.number('# concurrentViewers samples'),
    sum(answers.map(({ samples }) => samples)),
  )
  table.add('youtube-live: sum', totals.number('sum #'), sum(answers.map((answer) => answer.sum)))
  table.add('youtube-live: highest', totals.number('highest #'), Math.max(...answers.map(({ peak }) => peak)))
}

const checkStream = async (
  deps: CheckDeps,
  name: string,
  again: boolean,
): Promise<ViewerFacts & { sum: number }> => {
  const { graph, table, target } = deps
  const facts = deps.readme.of(`youtube-live/${name}`)
  const { videoId } = recordingName(name)
  const { lines, timeFormat, title, intervalMs } = rewriteRecording(
    name,
    await readFile(join(deps.folder, 'youtube-live', name), 'utf8'),
  )
  deps.say(`${videoId}: ${lines.length} samples`)
  await ensureStream(graph, videoId, title)
  const flags = ['--time-format', timeFormat]
  const sent = await ingestFile(target, 'viewer_samples', '-', flags, lines.join('\n'))

  // "recorder started 2021-04-19T15:41:06Z", moved as the rows were.
  const startMs = Date.parse(facts.match(/recorder started (\S+Z)/)) + sent.shiftMs
  const range = {
    fromMs: startMs - 60_000,
    toMs: startMs + lines.length * intervalMs + 60_000,
    stepMs: intervalMs,
  }
  const ask = () => askViewers(graph, videoId, range)
  await waitForCount(async () => (await ask()).samples, sent.accepted)
  await waitForCount(async () => (await ask()).rollup.samples, sent.accepted) // a moment later
  if (again) {
    const repeated = await ingestFile(
      target,
      'viewer_samples',
      '-',
      [...flags, '--no-resume'],
      lines.join('\n'),
    )
    table.add(`${videoId}: sent again, counted again`, 0, repeated.accepted)
  }
  const answer = await ask()
  const averages = answer.points.map(({ average }) => average)
  const total = Math.round(sum(averages) * 1000) / 1000
  const samples = facts.number('samples concurrentViewers #')
  table.add(`${videoId}: rejected`, 0, sent.rejected)
  table.add(`${videoId}: interval in s`, facts.number('interval # s'), gap(answer) / 1000)
  table.add(
    `${videoId}: first sample (shifted)`,
    isoStep(startMs, intervalMs),
    isoStep(answer.points[0]?.timeMs, intervalMs),
  )
  table.add(`${videoId}: samples`, samples, answer.samples)
  table.add(`${videoId}: first`, facts.number('concurrentViewers first #'), averages[0] ?? 'none')
  table.add(
    `${videoId}: last`,
    facts.match(/concurrentViewers first \d+, last (\d+)/),
    averages.at(-1) ?? 'none',
  )
  table.add(`${videoId}: min`, facts.match(/concurrentViewers first .*?, min (\d+)/), Math.min(...averages))
  table.add(`${videoId}: max (peak)`, facts.match(/concurrentViewers first .*?, max (\d+)/), answer.peak)
  table.add(`${videoId}: sum`, facts.match(/concurrentViewers first .*?, sum (\d+)/), total)
  table.add(`${videoId}: samples, by PT5M`, samples, answer.rollup.samples)
  table.add(`${videoId}: highest minute, by PT5M`, highestMinute(answer), answer.rollup.peak)
  return { ...answer, sum: total }
}

/** The highest mean of a minute: a recording has one key, and here a point for each sample. */
const highestMinute = ({ points }: ViewerFacts): number => {
  const minutes = [...Map.groupBy(points, ({ timeMs }) => Math.floor(timeMs / 60_000)).values()]
  return Math.round(Math.max(...minutes.map((list) => sum(list.map(({ average }) => average)) / list.length)))
}

/** The smallest distance of two samples, in ms. */
const gap = ({ points }: ViewerFacts): number =>
  Math.min(...points.slice(1).map(({ timeMs }, index) => timeMs - points[index]!.timeMs))

/** Start of the bucket that holds the time. */
const isoStep = (timeMs: number | undefined, stepMs: number): string =>
  timeMs === undefined ? 'none' : new Date(Math.floor(timeMs / stepMs) * stepMs).toISOString()
