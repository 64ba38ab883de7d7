/**
 * A dashboard of ten panels over 20 million facts, on stores that this command starts itself and removes:
 *
 * 1. each panel from its rollup against the same question of the rows (a step that no rollup answers);
 * 2. each panel through the graph over HTTP against the same statements sent to the store directly, in turns;
 * 3. 100 dashboards at once: how many queries ClickHouse is sent.
 *
 *   node_modules/.bin/node bench/analytics.ts [rounds]
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createTestClient, type Answer } from '../tests/testkit/client.ts'
import type { ClickHouse } from '../src/platform/clickhouse/client.ts'
import type { NamedQuery } from '../src/platform/clickhouse/query.ts'
import { countsOf } from './arguments.ts'
import { documentOf, panels, rawOf, type Panel } from './analytics.panels.ts'
import { fillFacts } from './analytics.rows.ts'
import { openProgram } from './program.ts'

const [rounds] = countsOf('node_modules/.bin/node bench/analytics.ts [rounds, by default 15]', 15) as [number]
const DASHBOARDS = 100

const middle = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!
const worst = (times: readonly number[]): number => Math.max(...times)
const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now()
  await work()
  return performance.now() - from
}

/** Longer than an answer is shared: each turn is sent to the store. */
const nextTick = () => pause(1_050)

const program = await openProgram({ settings: { RATE_LIMIT_COST: '0', RATE_LIMIT_REQUESTS: '0' } })
const { clickHouse } = program
try {
  const filled = await fillFacts(clickHouse, program.tenant, Date.now(), console.log)
  console.log(
    `${filled.rows.toLocaleString('en')} rows with their rollups in ${filled.seconds.toFixed(0)} s\n`,
  )

  // What the program sends, to be sent again without it.
  const query = clickHouse.query.bind(clickHouse)
  let sent: NamedQuery<unknown>[] = []
  clickHouse.query = (async (named: NamedQuery<unknown>, options) => {
    sent.push(named)
    return query(named, options)
  }) as ClickHouse['query']
  const client = createTestClient(program.url, program.key)
  /** Throws where a panel has an error: a fast refusal is no answer. */
  const ask = async (some: readonly Panel[]): Promise<void> => {
    const { errors } = (await client.request(documentOf(some))) as Answer<unknown>
    if (errors) throw new Error(JSON.stringify(errors[0]))
  }

  console.log(
    '| panel | rollup, middle (worst) | rows, middle | rows to rollup | graph to SQL, middle | worst |',
  )
  console.log('|---|---|---|---|---|---|')
  for (const panel of panels) {
    const raw = rawOf(panel)
    const [graph, direct, rows]: [number[], number[], number[]] = [[], [], []]
    sent = []
    await ask([panel])
    const statements = [...sent]
    for (let round = 0; round < rounds; round += 1) {
      await nextTick()
      const through = async () => void graph.push(await timed(() => ask([panel])))
      const straight = async () =>
        void direct.push(await timed(() => Promise.all(statements.map((each) => query(each)))))
      const scan = async () => void rows.push(await timed(() => ask([raw!])))
      const turns = raw && round < 5 ? [through, straight, scan] : [through, straight]
      // In turns: none always has the warm place.
      for (let turn = 0; turn < turns.length; turn += 1) await turns[(turn + round) % turns.length]!()
    }
    const ratio = (of: typeof middle) => `${(of(graph) / of(direct)).toFixed(2)}x`
    const scanned = raw ? [ms(middle(rows)), `${(middle(rows) / middle(graph)).toFixed(1)}x`] : ['-', '-']
    console.log(
      `| ${[panel.name, `${ms(middle(graph))} (${ms(worst(graph))})`, ...scanned, ratio(middle), ratio(worst)].join(' | ')} |`,
    )
  }

  await nextTick()
  sent = []
  const one = await timed(() => ask(panels))
  const ofOne = sent.length
  await nextTick()
  sent = []
  const all = await timed(() => Promise.all(Array.from({ length: DASHBOARDS }, () => ask(panels))))
  console.log(
    `\none dashboard of ${panels.length} panels: ${ofOne} queries, ${ms(one)}; ${DASHBOARDS} at once: ${sent.length} queries, ${ms(all)}`,
  )
} finally {
  await program.stop()
}
