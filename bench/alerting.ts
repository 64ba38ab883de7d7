/**
 * What a tick of the alert rules costs, on stores that this command starts itself and removes: 10,000 rules of 100 tenants
 * with 5 series each. First ticks at which nothing changes, then ticks at which one series in a hundred begins or ends
 * a breach that opens or resolves an incident.
 *
 *   node_modules/.bin/node bench/alerting.ts [ticks]
 *
 * CPU is that of the thread that evaluates; the stores have their own. Ticks are done one after another, as fast as they go.
 */
import { evaluatorOn } from '../tests/testkit/alerting.ts'
import { operator } from '../src/auth/actor.ts'
import { trustedPermit } from '../src/auth/permit.ts'
import { TICK_MS } from '../src/modules/alerting/evaluator.ts'
import type { ClickHouse } from '../src/platform/clickhouse/client.ts'
import { createSeed } from '../tests/testkit/seed.ts'
import { countsOf } from './arguments.ts'
import { openProgram } from './program.ts'

const [ticks] = countsOf('node_modules/.bin/node bench/alerting.ts [ticks, by default 20]', 20) as [number]
const TENANTS = 100
const RULES = 100
const HOSTS = 5
const WARM_UP = 3
const all = WARM_UP + 2 * ticks

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
const shown = (values: readonly number[]): string =>
  `${middle(values).toFixed(1)} (${Math.max(...values).toFixed(1)})`

const program = await openProgram({ settings: { HELIOGRAPH_ROLES: 'server,ingest' } })
const { clickHouse } = program
try {
  const seed = createSeed(program.app.modules)
  const tenants = await Promise.all(Array.from({ length: TENANTS }, async () => (await seed.tenant()).tenant))
  for (const tenant of tenants)
    await program.app.modules.alertRules.service.apply(trustedPermit(tenant, operator), {
      rules: Array.from({ length: RULES }, (_, rule) => ({
        name: `rule ${rule}`,
        dataset: 'metric_points',
        aggregate: 'LAST',
        filter: { label: { name: 'name', eq: `metric_${rule}` } },
        groupBy: ['host'],
        operator: 'GT',
        threshold: 80,
        window: 'PT10S',
        delay: 'PT0S',
      })),
    })
  // A point of each series every 5 s. In the second half one series in a hundred is high at every other tick.
  const startMs = Math.floor(Date.now() / TICK_MS) * TICK_MS - 3_600_000
  const changesFrom = WARM_UP + ticks
  for (const tenant of tenants)
    await clickHouse.command(`
      INSERT INTO metric_points (tenant_id, event_id, time, project_id, environment_id, service, host, name, kind, unit, value, labels)
      SELECT '${tenant}', generateUUIDv4(), fromUnixTimestamp64Milli(toInt64(${startMs} + tick * ${TICK_MS} - 1000), 'UTC'),
             toUUID('00000000-0000-0000-0000-000000000000'), toUUID('00000000-0000-0000-0000-000000000000'), '',
             concat('h', toString(host)), concat('metric_', toString(rule)), 'GAUGE', '',
             if(tick >= ${changesFrom} AND tick % 2 = 0 AND host = 0 AND rule % 20 = 0, 99, 10), map()
        FROM (SELECT intDiv(number, ${RULES * HOSTS}) AS tick, intDiv(number, ${HOSTS}) % ${RULES} AS rule, number % ${HOSTS} AS host
                FROM numbers(${(all + 1) * RULES * HOSTS}))`)
  let queries = 0
  const counted: ClickHouse = {
    ...clickHouse,
    query: (named, options) => {
      queries += 1
      return clickHouse.query(named, options)
    },
  }
  const evaluator = evaluatorOn({ app: program.app, databases: { clickHouse: counted } })
  const measured = Array.from({ length: 2 }, () => ({
    cpu: [] as number[],
    wall: [] as number[],
    changes: [] as number[],
    queries: [] as number[],
  }))
  for (let tick = 0; tick < all; tick += 1) {
    queries = 0
    const [cpu, from] = [process.threadCpuUsage(), performance.now()]
    const { changes, leads } = await evaluator.tick(startMs + tick * TICK_MS)
    if (!leads) throw new Error('another evaluator leads')
    const used = process.threadCpuUsage(cpu)
    const into = tick < WARM_UP ? undefined : measured[tick < changesFrom ? 0 : 1]
    into?.cpu.push((used.user + used.system) / 1_000)
    into?.wall.push(performance.now() - from)
    into?.changes.push(changes)
    into?.queries.push(queries)
  }
  console.log(
    `${TENANTS * RULES} rules, ${TENANTS * RULES * HOSTS} series; middle (worst) of ${ticks} ticks\n`,
  )
  console.log('| tick | series that changed | CPU of the thread, ms | until done, ms | queries |')
  console.log('|---|---|---|---|---|')
  for (const [name, { cpu, wall, changes, queries: asked }] of Object.entries({
    'nothing changes': measured[0]!,
    'one in a hundred changes': measured[1]!,
  }))
    console.log(`| ${name} | ${middle(changes)} | ${shown(cpu)} | ${shown(wall)} | ${middle(asked)} |`)
} finally {
  await program.stop()
}
