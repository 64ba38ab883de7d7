import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckDeps } from './check-streams.ts'
import { ensureStream, waitForCount } from './graph.ts'
import { askBitrates, askHealth, type HealthFacts, type Interval } from './health-graph.ts'
import { ingestFile } from './ingest-file.ts'
import { rewriteSession, sessionName } from './rewrite-sessions.ts'

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0)

type Session = { readonly chunks: number; readonly buffering: number; readonly steady: number }

/** Imports the playback sessions of mobile links as samples of stream health, and asks for each one's chunks. */
export const checkHealth = async (deps: CheckDeps): Promise<void> => {
  const names = (await readdir(join(deps.folder, 'lumos'))).filter((name) => name.endsWith('.csv')).toSorted()
  const answers: Session[] = []
  for (const name of names) answers.push(await checkSession(deps, name))

  const totals = deps.readme.totals('lumos')
  const add = (fact: string, phrase: string, answered: number): void =>
    deps.table.add(`lumos: ${fact}`, totals.number(phrase), answered)
  add('sessions', '# sessions', answers.filter(({ chunks }) => chunks > 0).length)
  add('chunks', '# chunks', sum(answers.map(({ chunks }) => chunks)))
  add('buffering', '# in state buffering', sum(answers.map(({ buffering }) => buffering)))
  add('steady', '# steady', sum(answers.map(({ steady }) => steady)))
}

const checkSession = async (deps: CheckDeps, name: string): Promise<Session> => {
  const { graph, table, target } = deps
  const facts = deps.readme.of(`lumos/${name}`)
  const { session, startMs, intervalMs } = sessionName(name)
  const { lines, timeFormat } = rewriteSession(name, await readFile(join(deps.folder, 'lumos', name), 'utf8'))
  await ensureStream(graph, session, session)
  const sent = await ingestFile(
    target,
    'stream_health_samples',
    '-',
    ['--time-format', timeFormat],
    lines.join('\n'),
  )
  const chunks = facts.number('# chunks')
  const fromMs = startMs + sent.shiftMs
  const range = { fromMs, toMs: fromMs + chunks * intervalMs }
  const step = `PT${intervalMs / 1_000}S`
  const ask = () => askHealth(graph, session, range, step)
  const around = { fromMs: fromMs - 300_000, toMs: range.toMs + 300_000 }
  const askRollup = () => askHealth(graph, session, around, 'PT5M')
  await waitForCount(async () => (await ask()).samples, sent.accepted)
  await waitForCount(async () => (await askRollup()).samples, sent.accepted) // a moment later
  const answer = await ask()
  const rollup = await askRollup()
  const bitrates = await askBitrates(graph, session, range, step)
  const add = (fact: string, expected: number | string, answered: number | string): void =>
    table.add(`${session}: ${fact}`, expected, answered)
  const counted = {
    chunks: answer.samples,
    buffering: chunksIn(answer, 'RECOVER', intervalMs),
    steady: chunksIn(answer, 'FULL', intervalMs),
  }
  const mean = facts.match(/bitrate mean ([\d.]+) Kbps/)
  add('rejected', 0, sent.rejected)
  add('first chunk (shifted)', new Date(fromMs).toISOString(), earliest(answer.intervals))
  add('chunks', chunks, counted.chunks)
  add('chunks, by PT5M', chunks, rollup.samples)
  add('buffering', facts.number('states buffering #'), counted.buffering)
  add('steady', facts.number(', steady #'), counted.steady)
  add('stalls', 0, answer.rebufferings)
  add('bitrate mean', mean, answer.bitrateKbps?.toFixed(1) ?? 'none')
  add('bitrate mean, by PT5M', mean, rollup.bitrateKbps?.toFixed(1) ?? 'none')
  add('bitrate', facts.match(/Kbps, (\d+\.\.\d+)/), `${Math.min(...bitrates)}..${Math.max(...bitrates)}`)
  add('switches', facts.number('switches #'), switches(bitrates))
  return counted
}

/** An interval lasts to the next chunk of another state; the last one up to its own last chunk, which counts too. */
const chunksIn = ({ intervals }: HealthFacts, state: string, intervalMs: number): number =>
  sum(
    intervals
      .filter((each) => each.state === state)
      .map(({ seconds, to }) => (seconds * 1_000) / intervalMs + (to === null ? 1 : 0)),
  )

const earliest = (intervals: readonly Interval[]): string =>
  new Date(Math.min(...intervals.map(({ from }) => Date.parse(from)))).toISOString()

const switches = (bitrates: readonly number[]): number =>
  bitrates.slice(1).filter((bitrate, index) => bitrate !== bitrates[index]).length
