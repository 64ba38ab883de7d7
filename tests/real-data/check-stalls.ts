import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckDeps } from './check-streams.ts'
import { ensureStream, waitForCount } from './graph.ts'
import { askHealth, countIssues } from './health-graph.ts'
import { ingestFile } from './ingest-file.ts'
import { categoryAndVideo, rewriteStalls } from './rewrite-sessions.ts'

const path = 'yt-sessions/ifip_networking.csv'

/** As the README has them: without the part of a second. */
const second = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z')

/** Imports measured sessions with the number of their stalls, and asks for sessions, stalls and who had them. */
export const checkStalls = async ({
  folder,
  graph,
  readme,
  table,
  target,
  say,
}: CheckDeps): Promise<void> => {
  const facts = readme.of(path)
  const { lines, timeFormat, streams } = rewriteStalls(await readFile(join(folder, path), 'utf8'))
  say(`yt-sessions: ${lines.length} samples`)
  for (const stream of streams) await ensureStream(graph, stream, stream)
  const flags = ['--time-format', timeFormat]
  const sent = await ingestFile(target, 'stream_health_samples', '-', flags, lines.join('\n'))

  // Seconds of the README: a start within the first or the last of them.
  const [first, last] = [/run_start (\S+Z) \.\. /, / \.\. (\S+Z)/].map((pattern) => facts.match(pattern)) as [
    string,
    string,
  ]
  // No session takes an hour.
  const range = {
    fromMs: Date.parse(first) + sent.shiftMs,
    toMs: Date.parse(last) + sent.shiftMs + 3_600_000,
  }
  const ask = () => Promise.all(streams.map((stream) => askHealth(graph, stream, range, 'PT1H')))
  const samples = async () => (await ask()).reduce((all, each) => all + each.samples, 0)
  await waitForCount(samples, sent.accepted)

  const answers = (await ask()).map((answer, index) => {
    const [category, video] = categoryAndVideo(streams[index]!)
    const players = [...Map.groupBy(answer.intervals, ({ nodeName }) => nodeName).values()]
    const sessions = players.map((intervals) => ({
      startMs: Math.min(...intervals.map(({ from }) => Date.parse(from))) - sent.shiftMs,
      stalls: intervals.filter(({ state }) => state === 'DRY').length,
    }))
    return { ...answer, category, video, sessions }
  })
  const sessions = answers.flatMap((each) => each.sessions)
  const starts = sessions.map(({ startMs }) => startMs)
  const add = (fact: string, expected: number | string, answered: number | string): void =>
    table.add(`yt-sessions: ${fact}`, expected, answered)
  const buffering = facts.number('sessions with buffering #')
  const stalls = facts.number('sum pl_buffering_events #')
  add('rejected', 0, sent.rejected)
  add('sessions', facts.number('# rows'), sessions.length)
  add('first run_start', first, second(Math.min(...starts)))
  add('last run_start', last, second(Math.max(...starts)))
  add(
    'stalls',
    stalls,
    answers.reduce((all, { rebufferings }) => all + rebufferings, 0),
  )
  add(
    'most stalls of a session',
    facts.match(/, max (\d+),/),
    Math.max(...sessions.map((each) => each.stalls)),
  )
  add('sessions with stalls', buffering, sessions.filter((each) => each.stalls > 0).length)
  add('sessions with an issue', buffering, await countIssues(graph, 'buffering events', range))
  add('sessions without', facts.match(/'False': (\d+)/), sessions.filter((each) => each.stalls === 0).length)
  // Of a session's 1 + 2n samples n are dry.
  add(
    'dry samples',
    stalls,
    Math.round(answers.reduce((all, each) => all + (each.rebuffering ?? 0) * each.samples, 0)),
  )
  const seen = answers.filter((each) => each.samples > 0)
  const categories = Map.groupBy(seen, ({ category }) => category)
  const [most, count] = [...categories]
    .map(([name, of]) => [name, of.reduce((all, each) => all + each.sessions.length, 0)] as const)
    .toSorted((a, b) => b[1] - a[1])[0]!
  add('videos', facts.number('distinct videos #'), new Set(seen.map(({ video }) => video)).size)
  add('categories', facts.number('categories #'), categories.size)
  add('largest category', facts.match(/most: (\w+ \d+)/), `${most} ${count}`)
}
