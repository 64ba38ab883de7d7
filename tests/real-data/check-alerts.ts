import type { CheckDeps } from './check-streams.ts'
import type { CheckedLog } from './check-logs.ts'
import { allLogs, countLogs, literal, type Graph } from './graph.ts'
import type { StatusSamples } from './check-nodes.ts'

const SECOND = 1_000
const MINUTE = 60_000
/** Rows that an ordinary rule waits for, and the length of each rule's window. */
const DELAY_MS = 10_000
const WINDOW_MS = MINUTE
const SOURCE = 'error_rate_monitor'

type Row = { readonly timeMs: number; readonly value: number }
type Episode = { readonly startedAt: string; readonly endedAt: string | null; readonly peak: number | null }
/** What a window says: a value, or null for none; and whether it is in breach. */
type Judged = { readonly value: number | null; readonly isBreach: boolean }
type Rule = {
  readonly definition: object
  readonly everyMs: number
  /** The same rule, told once more in the plainest way. */
  readonly judge: (rows: readonly Row[]) => Judged
  readonly worse: (a: number, b: number) => number
}

/**
 * Episodes as the words of a rule say: at each tick all rows are looked through for those of the window. The group begins
 * with its first row.
 */
const plainly = (rows: readonly Row[], rule: Rule, fromMs: number, toMs: number): Episode[] => {
  const episodes: { startedAt: string; endedAt: string | null; peak: number | null }[] = []
  let open: (typeof episodes)[number] | undefined
  let isKnown = false
  for (let atMs = Math.ceil(fromMs / rule.everyMs) * rule.everyMs; atMs <= toMs; atMs += rule.everyMs) {
    const to = atMs - DELAY_MS
    const own = rows.filter(({ timeMs }) => timeMs >= to - WINDOW_MS && timeMs < to)
    isKnown ||= own.length > 0
    const { value, isBreach } = isKnown ? rule.judge(own) : { value: null, isBreach: false }
    if (isBreach && open && value !== null) open.peak = rule.worse(open.peak ?? value, value)
    else if (isBreach)
      episodes.push((open = { startedAt: new Date(atMs).toISOString(), endedAt: null, peak: value }))
    else if (open) {
      open.endedAt = new Date(atMs).toISOString()
      open = undefined
    }
  }
  return episodes
}

const dryRun = async (graph: Graph, rule: Rule, fromMs: number, toMs: number): Promise<Episode[]> => {
  const { run } = await graph.query<{ run: { episodes: Episode[] } }>(
    `query ($definition: JSON!, $from: DateTime, $to: DateTime, $every: Duration) {
      run: alertRuleDryRun(definition: $definition, range: { from: $from, to: $to }, every: $every) {
        episodes { startedAt endedAt peak } } }`,
    {
      definition: rule.definition,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      every: `PT${rule.everyMs / SECOND}S`,
    },
  )
  return run.episodes
}

const shown = (episodes: readonly Episode[]): string =>
  episodes.length === 0
    ? '0'
    : `${episodes.length} from ${episodes[0]!.startedAt} to ${episodes.at(-1)!.endedAt ?? 'the end'}`
type Levels = { readonly levels: { level: string; points: { count: string }[] }[] }

const exactly = (episodes: readonly Episode[]): string =>
  JSON.stringify(episodes.map(({ peak, ...times }) => [times.startedAt, times.endedAt, peak?.toFixed(9)]))

/** Adds whether rule and plain words found the same, and what; answers the rule's. */
const compare = async (
  { graph, table }: CheckDeps,
  name: string,
  rule: Rule,
  rows: readonly Row[],
  [fromMs, toMs]: readonly [number, number],
): Promise<Episode[]> => {
  const expected = plainly(rows, rule, fromMs, toMs)
  const found = await dryRun(graph, rule, fromMs, toMs)
  table.add(`${name}: episodes`, shown(expected), shown(found))
  table.add(
    `${name}: all times and peaks`,
    'the same',
    exactly(expected) === exactly(found) ? 'the same' : 'others',
  )
  return found
}

const errorRate = (service: string, everyMs: number): Rule => ({
  everyMs,
  definition: {
    name: 'High Error Rate',
    dataset: 'log_events',
    aggregate: 'RATIO',
    filter: {
      and: [
        { label: { name: 'level', in: ['ERROR', 'FATAL'] } },
        { label: { name: 'service', eq: service } },
      ],
    },
    outOf: { label: { name: 'service', eq: service } },
    operator: 'GT',
    threshold: 0.05,
    window: 'PT1M',
    minSamples: 10,
  },
  judge: (rows) => {
    const severe = rows.filter(({ value }) => value === 1).length
    const value = rows.length === 0 ? null : severe / rows.length
    return { value, isBreach: rows.length >= 10 && value! > 0.05 }
  },
  worse: Math.max,
})

const lowActivity = (service: string, everyMs: number): Rule => ({
  everyMs,
  definition: {
    name: 'Low Event Activity',
    dataset: 'log_events',
    aggregate: 'COUNT',
    filter: { label: { name: 'service', eq: service } },
    groupBy: ['service'],
    operator: 'LT',
    threshold: 10,
    window: 'PT1M',
  },
  judge: (rows) => ({ value: rows.length, isBreach: rows.length < 10 }),
  worse: Math.min,
})

/** About the median of what was measured. */
const BUSY = 2.5

/** In place of CPU, which neither folder has: the same form of rule over the connections of a machine. */
const busy = (node: string): Rule => ({
  everyMs: 5 * SECOND,
  definition: {
    name: 'High CPU Usage',
    dataset: 'node_samples',
    aggregate: 'AVG',
    field: 'connections_current',
    filter: { label: { name: 'node_id', eq: node } },
    operator: 'GT',
    threshold: BUSY,
    window: 'PT1M',
  },
  judge: (rows) => {
    const value = rows.length === 0 ? null : rows.reduce((sum, row) => sum + row.value, 0) / rows.length
    return { value, isBreach: value !== null && value > BUSY }
  },
  worse: Math.max,
})

/** The three questions of seed 001: incidents of the error rate, its numbers of an hour, and lines of ten minutes. */
const askSeed = async (
  { graph, table }: CheckDeps,
  { source: { service }, ask }: CheckedLog,
  rows: readonly Row[],
  episodes: readonly Episode[],
): Promise<void> => {
  for (const [index, { peak }] of episodes.entries()) {
    const title = `High Error Rate Detected: ${(100 * (peak ?? 0)).toFixed(1)}%`
    const severity = (peak ?? 0) > 0.1 ? 'HIGH' : 'MEDIUM'
    const input = `{title: ${literal(title)}, severity: ${severity}, source: "${SOURCE}", dedupKey: ${literal(`${service} ${index}`)}}`
    await graph.query(`mutation { openIncident(input: ${input}) { __typename } }`)
  }
  const { incidents } = await graph.query<{ incidents: { edges: { node: { severity: string } }[] } }>(
    `{ incidents(first: 10, filter: { source: { eq: "${SOURCE}" }, fingerprint: { startsWith: ${literal(`${service} `)} } }) {
      edges { node { title severity createdAt } } } }`,
  )
  table.add(
    `${service}: incidents of the error rate, 10 at most`,
    Math.min(10, episodes.length),
    incidents.edges.length,
  )
  const lastMs = Math.max(...rows.map(({ timeMs }) => timeMs)) + 1
  // A series has whole buckets.
  const range = { fromMs: Math.floor((lastMs - 60 * MINUTE) / MINUTE) * MINUTE, toMs: lastMs }
  const hour = rows.filter(({ timeMs }) => timeMs >= range.fromMs)
  const { analytics } = await graph.query<{ analytics: { logLevels: Levels } }>(
    `query ($from: DateTime, $to: DateTime) { analytics { logLevels(filter: { service: { eq: ${literal(service)} } },
      range: { from: $from, to: $to }, step: "PT1M") { levels { level points { time count } } } } }`,
    { from: new Date(range.fromMs).toISOString(), to: new Date(range.toMs).toISOString() },
  )
  const counted = (severe: boolean): number =>
    analytics.logLevels.levels
      .filter(({ level }) => !severe || level === 'ERROR' || level === 'FATAL')
      .flatMap(({ points }) => points)
      .reduce((sum, { count }) => sum + Number(count), 0)
  const severeOf = (some: readonly Row[]): number => some.filter(({ value }) => value === 1).length
  table.add(`${service}: lines of the last hour, by minute`, hour.length, counted(false))
  table.add(`${service}: errors of the last hour, by minute`, severeOf(hour), counted(true))
  const ten = { ...ask, fromMs: lastMs - 10 * MINUTE, toMs: lastMs, level: ['ERROR', 'FATAL'] }
  table.add(
    `${service}: errors of the last 10 minutes`,
    severeOf(rows.filter(({ timeMs }) => timeMs >= ten.fromMs)),
    await countLogs(graph, ten),
  )
}

/** The sample rules and questions of seed 001, over the logs of `loghub` and `elastic` and the status of `elastic`. */
export const checkAlerts = async (
  deps: CheckDeps,
  { logs, status }: { readonly logs: readonly CheckedLog[]; readonly status: StatusSamples },
): Promise<void> => {
  for (const log of logs) {
    const { service } = log.source
    const rows = (await allLogs(deps.graph, log.ask)).map(({ time, level }) => ({
      timeMs: Date.parse(time),
      value: level === 'ERROR' || level === 'FATAL' ? 1 : 0,
    }))
    deps.say(`${service}: rules`)
    const range = [log.ask.fromMs, log.ask.toMs] as const
    // 20,000 ticks are the most of a dry run.
    const everyMs = (range[1] - range[0]) / (5 * SECOND) < 20_000 ? 5 * SECOND : MINUTE
    const episodes = await compare(
      deps,
      `${service}: High Error Rate`,
      errorRate(service, everyMs),
      rows,
      range,
    )
    await compare(deps, `${service}: Low Event Activity`, lowActivity(service, everyMs), rows, range)
    await askSeed(deps, log, rows, episodes)
  }
  const { node, samples } = status
  const times = samples.map(({ timeMs }) => timeMs)
  const range = [Math.min(...times) - MINUTE, Math.max(...times) + 2 * MINUTE] as const
  await compare(deps, `${node}: connections as High CPU Usage`, busy(node), samples, range)
}
