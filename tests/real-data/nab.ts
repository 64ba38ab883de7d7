/**
 * Alert rules over the Numenta Anomaly Benchmark: for each labelled series a rule as an operator would write one who has seen
 * an ordinary week of it, which labelled windows it hits, and how many episodes lie in none. Then the same rules live, tick by
 * tick, over the same rows: the incidents have to be the episodes of the dry run.
 *
 *   node_modules/.bin/node tests/real-data/nab.ts <folder of the data>
 *
 * Times are moved so that the last point of each series is a day ago. Not part of CI: the live part takes minutes.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openProgram } from '../../bench/program.ts'
import { operator } from '../../src/auth/actor.ts'
import { trustedPermit } from '../../src/auth/permit.ts'
import type { RuleInput } from '../../src/modules/alerting/alert-rule.rules.ts'
import { createSeed } from '../testkit/seed.ts'
import { evaluatorOn, storeFacts } from '../testkit/alerting.ts'

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('usage: node_modules/.bin/node tests/real-data/nab.ts <folder of the data>')
const nab = join(folder, 'nab')

type Tried = Pick<RuleInput, 'aggregate' | 'operator' | 'threshold' | 'window' | 'minSamples'>
const rules: Readonly<Record<string, Tried>> = {
  cpu_utilization_asg_misconfiguration: {
    aggregate: 'AVG',
    operator: 'GT',
    threshold: 50, // days are 33 to 42
    window: 'PT12H',
    minSamples: 72,
  },
  ec2_cpu_utilization_825cc2: { aggregate: 'AVG', operator: 'LT', threshold: 70, window: 'PT30M' },
  ec2_cpu_utilization_fe7f93: { aggregate: 'MAX', operator: 'GT', threshold: 95, window: 'PT10M' },
  ec2_network_in_257a54: { aggregate: 'MAX', operator: 'GT', threshold: 5_000_000, window: 'PT10M' },
  ec2_request_latency_system_failure: { aggregate: 'MAX', operator: 'GT', threshold: 54, window: 'PT10M' },
  elb_request_count_8c0756: { aggregate: 'MAX', operator: 'GT', threshold: 400, window: 'PT10M' },
  grok_asg_anomaly: { aggregate: 'MAX', operator: 'GT', threshold: 45, window: 'PT10M' },
  rds_cpu_utilization_e47b3b: { aggregate: 'MAX', operator: 'GT', threshold: 40, window: 'PT10M' },
}
const MINUTE = 60_000
const DAY = 86_400_000
/** Live ticks are a minute apart: what nobody saw for longer counts for nothing. */
const LIVE_DAYS = 13

const timeOf = (text: string): number => Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`)
const windows = JSON.parse(readFileSync(join(nab, 'combined_windows.json'), 'utf8')) as Record<
  string,
  [string, string][]
>
const windowsOf = (name: string): [number, number][] =>
  (Object.entries(windows).find(([file]) => file.endsWith(`${name}.csv`))?.[1] ?? []).map(([from, to]) => [
    timeOf(from),
    timeOf(to),
  ])
const overlap = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[0] <= b[1] && b[0] <= a[1]
const nowMs = Math.floor(Date.now() / MINUTE) * MINUTE

const program = await openProgram({ settings: { HELIOGRAPH_ROLES: 'server,ingest' } })
try {
  const { tenant } = await createSeed(program.app.modules).tenant()
  const permit = trustedPermit<'alertRule:write'>(tenant, operator)
  const { alertRules, incidents } = program.app.modules
  const live: { name: string; id: string }[] = []
  console.log('| series | rule | labelled windows hit | episodes in none |\n|---|---|---|---|')
  for (const [name, tried] of Object.entries(rules)) {
    const rows = readFileSync(join(nab, `${name}.csv`), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
    const shift = nowMs - DAY - timeOf(rows.at(-1)![0]!)
    const points = rows.map(([time, value]) => ({ time: timeOf(time!) + shift, name, value: Number(value) }))
    await storeFacts(program.clickHouse, 'metric_points', tenant, points)
    const { id } = await alertRules.service.create(permit, {
      ...tried,
      name,
      dataset: 'metric_points',
      filter: { label: { name: 'name', eq: name } },
      for: 'PT5M',
      keepFiringFor: 'PT1H',
      reopenWithin: 'PT0S',
    })
    live.push({ name, id })
    const [from, to] = [new Date(points[0]!.time), new Date(points.at(-1)!.time + 2 * 3_600_000)]
    const { episodes } = await alertRules.queries.dryRun(
      tenant,
      { id },
      { from, to, everyMs: 5 * MINUTE },
      {},
    )
    const spans = episodes.map(
      ({ startedAt, endedAt }) => [startedAt.getTime(), (endedAt ?? to).getTime()] as const,
    )
    const own = windowsOf(name).map(([a, b]) => [a + shift, b + shift] as const)
    const hit = own.filter((window) => spans.some((span) => overlap(span, window))).length
    const outside = spans.filter((span) => !own.some((window) => overlap(span, window))).length
    const rule = `${tried.aggregate} of ${tried.window} ${tried.operator} ${tried.threshold}`
    console.log(`| ${name} | ${rule} | ${hit} of ${own.length} | ${outside} |`)
  }

  const [from, to] = [new Date(nowMs - DAY - LIVE_DAYS * DAY), new Date(nowMs - DAY)]
  const evaluator = evaluatorOn({ app: program.app, databases: program })
  for (let atMs = from.getTime(); atMs <= to.getTime(); atMs += MINUTE) await evaluator.tick(atMs)
  console.log(
    '\n| series | episodes of the dry run, last 13 days | incidents live | the same times |\n|---|---|---|---|',
  )
  for (const { name, id } of live) {
    const { episodes } = await alertRules.queries.dryRun(tenant, { id }, { from, to, everyMs: MINUTE }, {})
    const found = await incidents.reads.page(tenant, { where: { ruleId: id }, orderBy: { number: 'asc' } })
    const dry = episodes.map(
      ({ startedAt, endedAt }) => `${startedAt.toISOString()} ${endedAt?.toISOString() ?? ''}`,
    )
    const own = found.map(
      ({ firstSeenAt, resolvedAt }) => `${firstSeenAt.toISOString()} ${resolvedAt?.toISOString() ?? ''}`,
    )
    const same = JSON.stringify(dry) === JSON.stringify(own)
    console.log(`| ${name} | ${dry.length} | ${own.length} | ${same ? 'yes' : 'NO'} |`)
    if (!same) process.exitCode = 1
  }
} finally {
  await program.stop()
}
